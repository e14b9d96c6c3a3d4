/** What a training step does in a cluster: gradients, metrics and batch norm's statistics become those of all workers. */
import type { LayersModel, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import type { Cluster } from '../cluster/cluster';
import { currentRecorder, liveNumber } from '../compile/record';
import { meanAcross } from '../ops/all-reduce';
import { tf } from '../tensorflow/load';

type Gradients = readonly (Tensor | undefined)[];

/** For the step that is being recorded; it travels as one, as far as it fits into a bucket. */
export interface Across {
  /**
   * Keeps the gradients of this worker's share until the metrics are known, too.
   *
   * @param gradients in the order of their variables; those that are missing stay so
   * @param update gets those of the whole batch, and disposes them
   */
  later(gradients: Gradients, update: (gradients: Gradients) => void): void;
  /**
   * Updates the weights, and assigns the model's moving statistics.
   *
   * @param metrics of this worker's share, scalars, which are disposed
   * @returns metrics of the whole batch, and behind them the share of the workers that want to stop, and how many seconds this worker
   *   waited for the gradients' mean when it had its own
   */
  now(metrics: readonly Tensor[], model: LayersModel): Tensor[];
}

/** @param wantsToStop read at every step */
export function across(cluster: Cluster, wantsToStop: () => boolean): Across {
  let kept: Parameters<Across['later']> | undefined;
  return {
    later(...step) {
      for (const gradient of step[0]) if (gradient) tf.keep(gradient);
      kept = step;
    },
    now(metrics, model) {
      const [gradients, update] = kept!;
      kept = undefined;
      const places = gradients.flatMap((gradient, place) => (gradient ? [place] : []));
      places.reverse(); // the backward pass begins at the last layer: those travel while the others are still computed
      const own = places.map((place) => gradients[place]!);
      const statistics = model.nonTrainableWeights.map((weight) => weight.read() as Variable);
      const stop = liveNumber(() => (wantsToStop() ? 1 : 0));
      const numbers = [...metrics.map((metric) => metric.toFloat()), stop];
      const exact = [...numbers, ...statistics.map((variable) => ofAll(variable, cluster))];
      const tensors = [...own, ...exact];
      const means = meanAcross(tensors, cluster.nextReduction({ tensors, exact }));
      const waited = currentRecorder()!.secondsBetween(own, means.slice(0, own.length));
      update(gradients.map((_, place) => means[places.indexOf(place)]));
      const others = means.slice(own.length);
      statistics.forEach((variable, i) => {
        variable.assign(others[numbers.length + i] as never);
      });
      tf.dispose([exact, [...metrics]]); // TensorFlow.js keeps a model's metrics from the tidying
      return [...others.slice(0, numbers.length), waited];
    },
  };
}

/** What the workers' mean is taken of; the caller disposes it. */
function ofAll(statistic: Variable, { index, size, reduction }: Cluster): Tensor {
  if (reduction.batchNorm === 'mean') return statistic.clone();
  return index === 0 ? statistic.mul(size) : tf.zerosLike(statistic);
}
