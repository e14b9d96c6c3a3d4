/** What a training step does in a cluster: gradients, metrics and batch norm's statistics become those of all workers. */
import type { LayersModel, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import type { Cluster } from '../cluster/cluster';
import { currentRecorder, liveNumber } from '../compile/record';
import { meanAcross } from '../ops/all-reduce';
import { tf } from '../tensorflow/load';

/** For the step that is being recorded. */
export interface Across {
  /**
   * The gradients of the whole batch, from those of this worker's share; those that are missing stay so. The caller disposes them.
   *
   * @param gradients in the order of their variables
   */
  gradients(gradients: readonly (Tensor | undefined)[]): (Tensor | undefined)[];
  /**
   * Metrics of the whole batch, and behind them the share of the workers that want to stop, and how many seconds this worker waited for
   * the gradients' mean when it had its own. The model's moving statistics are assigned.
   *
   * @param metrics of this worker's share, scalars, which are disposed
   */
  metrics(metrics: readonly Tensor[], model: LayersModel): Tensor[];
}

/** @param wantsToStop read at every step */
export function across(cluster: Cluster, wantsToStop: () => boolean): Across {
  const mean = (tensors: readonly Tensor[], exact?: readonly Tensor[]) =>
    meanAcross(tensors, cluster.nextReduction({ tensors, exact }));
  let waited: Tensor | undefined; // in the step that is being recorded
  return {
    gradients(gradients) {
      const there = gradients.flatMap((gradient, place) => (gradient ? [{ gradient, place }] : []));
      there.reverse(); // the backward pass begins at the last layer: those travel while the others are still computed
      const own = there.map(({ gradient }) => gradient);
      const means = mean(own);
      waited = tf.keep(currentRecorder()!.secondsBetween(own, means));
      const result: (Tensor | undefined)[] = gradients.map(() => undefined);
      for (const [i, { place }] of there.entries()) result[place] = means[i];
      return result;
    },
    metrics(metrics, model) {
      const statistics = model.nonTrainableWeights.map((weight) => weight.read() as Variable);
      return tf.tidy(() => {
        const stop = liveNumber(() => (wantsToStop() ? 1 : 0));
        const numbers = [...metrics.map((metric) => metric.toFloat()), stop];
        const tensors = [...numbers, ...statistics.map((variable) => ofAll(variable, cluster))];
        const means = mean(tensors, tensors);
        statistics.forEach((variable, i) => {
          variable.assign(means[numbers.length + i] as never);
        });
        tf.dispose([...metrics]); // TensorFlow.js keeps a model's metrics from the tidying
        return [...means.slice(0, numbers.length), waited!];
      });
    },
  };
}

/** What the workers' mean is taken of. */
function ofAll(statistic: Tensor, { index, size, reduction }: Cluster): Tensor {
  if (reduction.batchNorm === 'mean') return statistic;
  return index === 0 ? statistic.mul(size) : tf.zerosLike(statistic);
}
