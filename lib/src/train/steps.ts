import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { FedFunction } from '../compile/fed-function';
import type { Split } from '../data/split';
import { type Metrics, namedMetrics } from './metrics';
import { runBatches } from './run-batches';

/** One update of the model. */
export interface Step {
  readonly images: number;
  /** Of the batch, before the update. */
  readonly metrics: Metrics;
  /** Of all gradients together; undefined where the function does not tell it. */
  readonly gradientNorm?: number;
  /** In a cluster: whether one of the workers wants to stop. */
  readonly stops: boolean;
  /** In a cluster: seconds that this worker waited for the others and the network; else 0. */
  readonly waited: number;
  /** Whether it is the last of its call: only then the weights are those after this step. */
  readonly endsCall: boolean;
}

export interface EpochOptions {
  readonly batchSize: number;
  readonly stepsPerCall: number;
  /** The function of so many steps in one call. */
  readonly functionOf: (steps: number) => FedFunction;
  /** Steps of the epoch that were taken already. */
  readonly done?: number;
  /** Whether the function tells who wants to stop, and how long it waited, behind the metrics. */
  readonly inCluster?: boolean;
}

/**
 * One epoch, or what is left of it: a step for every batch, several of them in a call where `stepsPerCall` says so. What is left of the
 * images after the last whole call, or the last whole batch, is taken in calls and batches of its own.
 */
export async function* stepsOf(
  model: LayersModel,
  split: Split,
  order: Int32Array,
  { batchSize, stepsPerCall, functionOf, done = 0, inCluster = false }: EpochOptions,
): AsyncGenerator<Step, void, undefined> {
  const perCall = batchSize * stepsPerCall;
  const whole = order.length - (order.length % perCall);
  const from = Math.min(done * batchSize, order.length);
  const parts = [
    { steps: stepsPerCall, order: order.subarray(Math.min(from, whole), whole) },
    { steps: 1, order: order.subarray(Math.max(from, whole)) },
  ];
  for (const { steps, order } of parts) {
    if (order.length === 0) continue;
    for await (const { indices, results } of runBatches(functionOf(steps), split, order, batchSize * steps)) {
      for (let step = 0; step < steps; step++) {
        const values = results.map((of) => Number(of[step]));
        const metrics = namedMetrics(model, values);
        const told = values.slice(model.metricsNames.length);
        const [stops, waited] = inCluster ? told.splice(0, 2) : [0, 0];
        const images = indices.length / steps;
        yield {
          images,
          metrics,
          gradientNorm: told[0],
          stops: stops > 0,
          waited,
          endsCall: step === steps - 1,
        };
      }
    }
  }
}
