import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { Split } from '../data/split';
import { checkOptions, checkPositive, checkWholeNumber } from '../model/check-arguments';
import { DivergedError } from './diverged';
import { type RatePoint, type RateSuggestion, suggestRates } from './suggest-rates';
import { train } from './train';
import type { TrainOptions } from './training';
import { trial } from './trial';

const OF_TRAINING = [
  'batchSize',
  'dropLast',
  'seed',
  'signal',
  'compile',
  'augmentation',
  'mix',
  'labelSmoothing',
  'clipNorm',
] as const satisfies readonly (keyof TrainOptions)[];

/** What a training has of its options, and what the search has of its own; defaults are fast.ai's. */
export interface FindLearningRateOptions extends Pick<TrainOptions, (typeof OF_TRAINING)[number]> {
  /** Learning rate of the first step; default 1e-7. */
  readonly from?: number;
  /** Learning rate of the last step, unless the search ends before; default 10. */
  readonly to?: number;
  /** How many at most, 10 or more; default 100. */
  readonly steps?: number;
}

export interface LearningRateSearch {
  /** Of every step that was taken and whose loss is a finite number, in the order of their rates. */
  readonly points: readonly RatePoint[];
  readonly suggestion: RateSuggestion;
}

const FEWEST_STEPS = 10; // with less nothing is left to look for a suggestion in
const TOO_HIGH = 4; // times the best smoothed loss: the end of the search

/**
 * Looks for a good learning rate: trains for some steps with a rate that grows exponentially, and watches where the loss falls and
 * where it explodes (the range test of Smith 2015, arXiv 1506.01186, section 3.3, in the form of fast.ai's `lr_find`). The search ends
 * early when the smoothed loss is more than 4 times the best one, or a loss is no finite number.
 *
 * Model and optimizer are afterwards as they were, to the bit. Of another model, batch size or augmentation the best rate is another.
 * No tensor is left behind but the averages that an optimizer makes at its very first step.
 *
 * @throws TypeError or RangeError for an option that cannot be; TypeError when the optimizer's rate cannot change, as `train` says of
 *   a schedule; whatever else `train` throws, but for a loss that diverges
 * @throws the signal's reason, when that aborts the search
 */
export async function findLearningRate(
  model: LayersModel,
  split: Split,
  options: FindLearningRateOptions = {},
): Promise<LearningRateSearch> {
  checkOptions('findLearningRate', options, ['from', 'to', 'steps', ...OF_TRAINING]);
  const { from = 1e-7, to = 10, steps = 100, ...ofTraining } = options;
  checkPositive('from', from);
  checkPositive('to', to);
  if (from >= to) throw new RangeError(`invalid from; not lower than to, which is ${to}: ${from}`);
  checkWholeNumber('steps', steps, FEWEST_STEPS);
  const training = train(model, split, {
    ...ofTraining,
    epochs: steps, // enough: an epoch has at least a step
    schedule: (step) => from * (to / from) ** (step / (steps - 1)),
  });
  const points: RatePoint[] = [];
  const smoothed = new SmoothedLoss();
  await trial(model, options.compile ?? {}, async () => {
    try {
      for await (const record of training) {
        if (record.kind !== 'step') continue;
        const { rate, loss } = record;
        const smoothedLoss = smoothed.add(loss);
        points.push({ rate, loss, smoothedLoss });
        if (points.length === steps || smoothedLoss > TOO_HIGH * smoothed.best) break;
      }
    } catch (error) {
      if (!(error instanceof DivergedError)) throw error;
    }
  });
  options.signal?.throwIfAborted();
  return { points, suggestion: suggestRates(points, steps) };
}

/**
 * A running mean of which the latest loss has 2 %, divided by the weight of all losses together, so that the first ones count fully
 * (fast.ai's AvgSmoothLoss; the correction is that of Kingma & Ba 2014, section 3).
 */
class SmoothedLoss {
  static readonly #KEPT = 0.98;
  best = Number.POSITIVE_INFINITY;
  #mean = 0;
  #count = 0;

  add(loss: number): number {
    this.#count++;
    this.#mean = loss + SmoothedLoss.#KEPT * (this.#mean - loss);
    const smoothed = this.#mean / (1 - SmoothedLoss.#KEPT ** this.#count);
    this.best = Math.min(this.best, smoothed);
    return smoothed;
  }
}
