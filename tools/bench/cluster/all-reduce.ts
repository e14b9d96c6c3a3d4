import type { Cluster } from '../../../lib/src/cluster/cluster';
import { GraphSession } from '../../../lib/src/compile/graph-session';
import { RecordedFunction } from '../../../lib/src/compile/recorded-function';
import { meanAcross } from '../../../lib/src/ops/all-reduce';
import { median } from '../../../lib/src/plot/mean';
import { tf } from '../../../lib/src/tensorflow/load';
import { stopwatch } from '../speed';
import type { AllReduceReport, AllReduceSize, AllReduceTask } from './task';

const TENSOR_BYTES = 4e6; // of the size of a large layer's gradients: three fill a bucket
const WARM_UP = 3; // all-reduces, in which TensorFlow connects the workers

/** Times the mean of so many bytes over all workers, size by size; all workers do so together. */
export async function measureAllReduces(
  { sizes }: AllReduceTask,
  cluster: Cluster,
): Promise<AllReduceReport> {
  const ms: number[] = [];
  try {
    for (const size of sizes) ms.push(await measureSize(size, cluster));
  } catch (error) {
    throw await cluster.explain(error);
  }
  return { ms };
}

/** @returns milliseconds, the median */
async function measureSize({ bytes, repeats }: AllReduceSize, cluster: Cluster): Promise<number> {
  const pieces = Math.ceil(bytes / TENSOR_BYTES);
  const piece = Math.ceil(bytes / pieces / Float32Array.BYTES_PER_ELEMENT);
  const tensors = Array.from({ length: pieces }, () => tf.variable(tf.randomNormal([piece])));
  const how = cluster.nextReduction({ tensors });
  // Numbers of every mean, so that none is left out of the graph; all of them would be copied to JavaScript
  const firstNumbers = () => tf.addN(meanAcross(tensors, how).map((mean) => mean.slice([0], [1])));
  const session = new GraphSession({}, undefined, cluster.server);
  const allReduce = new RecordedFunction(firstNumbers, session, 'the all-reduce').for([]);
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + repeats; i++) {
    const seconds = stopwatch();
    const [result] = await allReduce.call([]);
    times.push(1000 * seconds());
    result.dispose();
  }
  session.dispose();
  tf.dispose(tensors);
  return median(times.slice(WARM_UP));
}
