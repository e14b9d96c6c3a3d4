import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { Split } from '../data/split';
import { type Metrics, namedMetrics } from './metrics';
import type { ModelFunctions } from './model-functions';
import { runBatches } from './run-batches';

/** One update of the model. */
export interface Step {
  readonly images: number;
  /** Of the batch, before the update. */
  readonly metrics: Metrics;
  /** Whether it is the last of its call: only then the weights are those after this step. */
  readonly endsCall: boolean;
}

/**
 * One epoch: a step for every batch, several of them in a call where `stepsPerCall` says so. What is left of the images after the
 * last whole call, or the last whole batch, is taken in calls and batches of its own.
 */
export async function* stepsOf(
  model: LayersModel,
  functions: ModelFunctions,
  split: Split,
  order: Int32Array,
  { batchSize, stepsPerCall }: { readonly batchSize: number; readonly stepsPerCall: number },
): AsyncGenerator<Step, void, undefined> {
  const perCall = batchSize * stepsPerCall;
  const whole = order.length - (order.length % perCall);
  const parts = [
    { steps: stepsPerCall, order: order.subarray(0, whole) },
    { steps: 1, order: order.subarray(whole) },
  ];
  for (const { steps, order } of parts) {
    for await (const { indices, results } of runBatches(
      functions.train(steps),
      split,
      order,
      batchSize * steps,
    )) {
      for (let step = 0; step < steps; step++) {
        const metrics = namedMetrics(
          model,
          results.map((values) => Number(values[step])),
        );
        yield { images: indices.length / steps, metrics, endsCall: step === steps - 1 };
      }
    }
  }
}
