import type { Cluster } from '../../../lib/src/cluster/cluster';
import { mean } from '../../../lib/src/plot/mean';
import { train } from '../../../lib/src/train/train';
import { about } from '../about';
import { NETS } from '../nets';
import { randomSplit } from '../random-split';
import { speed, stopwatch } from '../speed';
import type { TrainingReport, TrainingTask } from './task';

/** Trains on one thread an operation, with the other workers or alone; the first epoch, in which the step is compiled, is not timed. */
export async function measureTraining(
  { net, share, steps, epochs }: TrainingTask,
  cluster: Cluster,
): Promise<TrainingReport> {
  const { imageShape, classes, build, optimizer } = NETS[net];
  const model = build();
  model.compile({ optimizer: optimizer(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  const batch = share * cluster.size;
  const images = steps * batch;
  const split = randomSplit(images, imageShape, classes);

  const ends: number[] = []; // of the epochs, in seconds since the training began
  const waits: number[][] = []; // by epoch and worker
  let loss = Number.NaN;
  const seconds = stopwatch();
  const options = { epochs, batchSize: batch, seed: 1, compile: { intraOpThreads: 1 }, cluster };
  for await (const record of train(model, split, options)) {
    if (record.kind === 'step') continue;
    ends.push(seconds());
    waits.push(record.workers?.map(({ waited }) => waited) ?? []);
    loss = record.loss;
  }
  const [, ...timed] = waits;
  const waited = timed[0].map((_, worker) => mean(timed.map((ofEpoch) => ofEpoch[worker])));
  const { parameters, versions } = about(model);
  return { ...speed(ends, { images, batch }), waited, loss, parameters, versions };
}
