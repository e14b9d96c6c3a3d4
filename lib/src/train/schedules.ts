/**
 * Learning rates by step: pure functions, made here after the papers' recipes. One that has come to its end stays at its last rate.
 *
 * Rates are finite numbers of at least 0, `steps` a positive integer, the step that a schedule is asked for an integer of at least
 * 0. What is not is refused: with a RangeError a number, with a TypeError anything else, a misspelt option too.
 */
import { checkOptions, checkPositive, checkWholeNumber, shown } from '../model/check-arguments';

/** The learning rate of a step, steps counted from 0 over the whole training. The same step always has the same rate. */
export type Schedule = (step: number) => number;

/** A schedule and for how many steps it is followed. */
export type ChainPart = readonly [schedule: Schedule, steps: number];

export interface OneCycleOptions {
  /** Of the first step, as a fraction of the peak, in `[0, 1]`; default 1 / 25. */
  readonly start?: number;
  /** Of the last step, as a fraction of the peak, in `[0, 1]`; default 1 / 250,000. */
  readonly end?: number;
  /** The share of the steps up to the peak, that of the peak included, in `[0, 1)`; default 0.3. */
  readonly peakAt?: number;
  /** The way up and down; default cosine. */
  readonly shape?: 'cosine' | 'linear';
}

/** From 0 to 1 as progress goes from 0 to 1. */
const SHAPES = {
  linear: (progress: number) => progress,
  cosine: (progress: number) => (1 - Math.cos(Math.PI * progress)) / 2,
};

/** One rate for every step. */
export function constant(rate: number): Schedule {
  checkRate('rate', rate);
  return checked(() => rate);
}

/**
 * `rate`, multiplied by `factor` from each milestone on (PyTorch's MultiStepLR). The ResNet paper's, for CIFAR-10 and 64k steps
 * (He et al. 2015, section 4.2), is `multiStep(0.1, [32_000, 48_000])`.
 *
 * @param milestones positive integers, ascending
 * @param factor greater than 0
 */
export function multiStep(rate: number, milestones: readonly number[], factor = 0.1): Schedule {
  checkRate('rate', rate);
  checkMilestones(milestones);
  checkPositive('factor', factor);
  const drops = [...milestones];
  return checked((step) => rate * factor ** drops.filter((milestone) => step >= milestone).length);
}

/**
 * Half a cosine from `rate` at step 0 down to `end` at step `steps` (Loshchilov and Hutter 2016, arXiv 1608.03983, equation 5,
 * without restarts; PyTorch's CosineAnnealingLR).
 *
 * @param end a rate, not a fraction of one
 */
export function cosine(rate: number, steps: number, end = 0): Schedule {
  checkRate('rate', rate);
  checkWholeNumber('steps', steps);
  checkRate('end', end);
  return checked((step) => between(rate, end, step / steps, 'cosine'));
}

/**
 * Up to `peak` and, in the steps that remain, down to almost nothing (Smith 2018, arXiv 1803.09820; as in fast.ai and PyTorch's
 * OneCycleLR with two phases). Like PyTorch's it ends at step `steps - 1`, and its peak may lie between two steps.
 *
 * The triangle of airbench (Jordan 2024, arXiv 2404.00498) is `{ start: 0.2, peakAt: 0.23, end: 0.07, shape: 'linear' }`; the
 * original has its peak and its end one step later.
 *
 * @param steps at least 2
 */
export function oneCycle(peak: number, steps: number, options: OneCycleOptions = {}): Schedule {
  checkRate('peak', peak);
  checkWholeNumber('steps', steps, 2);
  checkOptions('oneCycle', options, ['start', 'end', 'peakAt', 'shape']);
  const { start = 1 / 25, end = 1 / 250_000, peakAt = 0.3, shape = 'cosine' } = options;
  checkFraction('start', start);
  checkFraction('end', end);
  if (!(Number.isFinite(peakAt) && peakAt >= 0 && peakAt < 1)) refuse('peakAt', 'not in [0, 1)', peakAt);
  if (!Object.keys(SHAPES).includes(shape))
    throw new TypeError(`invalid shape; not "cosine" or "linear": ${shown(shape)}`);
  const last = steps - 1;
  const top = Math.max(0, peakAt * steps - 1); // no step before the peak: begin there
  return checked((step) => {
    if (step >= last) return end * peak;
    return step < top
      ? between(start * peak, peak, step / top, shape)
      : between(peak, end * peak, (step - top) / (last - top), shape);
  });
}

/** In a straight line from one rate to another; it reaches `to` at step `steps`. PyTorch's LinearLR. */
export function linear(from: number, to: number, steps: number): Schedule {
  checkRate('from', from);
  checkRate('to', to);
  checkWholeNumber('steps', steps);
  return checked((step) => between(from, to, step / steps, 'linear'));
}

/**
 * A straight line from `from` at step 0 to `to` at step `steps` (Goyal et al. 2017, arXiv 1706.02677, section 2.2; PyTorch's
 * LinearLR). What follows it in a {@link chain} begins at `to`.
 */
export function warmup(from: number, to: number, steps: number): Schedule {
  return linear(from, to, steps);
}

/**
 * A schedule for batches that are `factor` times as large as those that it was made for, as those of several workers: `factor` times its
 * rates, after a gradual way up from its own. The sum of so many small steps is about one step of that rate, as long as the weights
 * change slowly; in the first epochs they do not, hence the way (Goyal et al. 2017, arXiv 1706.02677, sections 2.1 and 2.2: batches of
 * 8,192 images as good as of 256, with a warm-up of five epochs).
 *
 *     scaledRate(cosine(0.1, steps), cluster.size, 5 * stepsPerEpoch)
 *
 * @param factor greater than 0
 * @param warmupSteps in which the factor grows linearly from 1; 0: none
 */
export function scaledRate(schedule: Schedule, factor: number, warmupSteps: number): Schedule {
  checkPositive('factor', factor);
  checkWholeNumber('warmupSteps', warmupSteps, 0);
  return checked((step) => {
    const share = warmupSteps === 0 ? 1 : Math.min(1, step / warmupSteps);
    return schedule(step) * (1 + (factor - 1) * share);
  });
}

/**
 * Schedules one after the other, each from its own step 0, the last one without an end, e.g.
 * `chain([warmup(0, 0.1, 400), 400], cosine(0.1, 63_600))`.
 */
export function chain(...parts: readonly [...ChainPart[], Schedule]): Schedule {
  const last = parts[parts.length - 1] as Schedule;
  const before = parts.slice(0, -1) as ChainPart[];
  for (const part of before) {
    if (!Array.isArray(part) || typeof part[0] !== 'function')
      throw new TypeError(`invalid part of a chain; all but the last are [schedule, steps]: ${typeof part}`);
    checkWholeNumber('steps of a part', part[1]);
  }
  if (typeof last !== 'function')
    throw new TypeError(`invalid part of a chain; the last is a schedule without steps: ${typeof last}`);
  return checked((step) => {
    let own = step;
    for (const [schedule, steps] of before) {
      if (own < steps) return schedule(own);
      own -= steps;
    }
    return last(own);
  });
}

function checked(rateAt: Schedule): Schedule {
  return (step) => {
    checkWholeNumber('step', step, 0);
    return rateAt(step);
  };
}

/** @param progress at least 0; above 1 it is at `to` */
function between(from: number, to: number, progress: number, shape: keyof typeof SHAPES): number {
  const share = SHAPES[shape](Math.min(progress, 1));
  return from * (1 - share) + to * share;
}

function checkRate(name: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 0)) refuse(name, 'not a finite number of at least 0', value);
}

function checkFraction(name: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 0 && value <= 1)) refuse(name, 'not in [0, 1]', value);
}

function checkMilestones(milestones: readonly number[]): void {
  if (!Array.isArray(milestones))
    throw new TypeError(`invalid milestones; not an array of steps: ${shown(milestones)}`);
  const ascending = milestones.every(
    (step, i) => Number.isSafeInteger(step) && step > (milestones[i - 1] ?? 0),
  );
  if (!ascending)
    throw new RangeError(
      `invalid milestones; not positive integers in ascending order: ${shown(milestones)}`,
    );
}

function refuse(name: string, rule: string, value: unknown): never {
  const message = `invalid ${name}; ${rule}: ${shown(value)}`;
  throw typeof value === 'number' ? new RangeError(message) : new TypeError(message);
}
