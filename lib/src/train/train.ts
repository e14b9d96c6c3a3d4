import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { checkSessionOptions } from '../compile/session-options';
import { orderOf } from '../data/batches';
import type { Split } from '../data/split';
import { checkCompiled, checkFits, checkPositiveInteger } from './check-fits';
import { claim } from './claim';
import { MetricsMean } from './metrics';
import { type CompileChoice, functionsOf } from './model-functions';
import type { EpochRecord, TrainingRecord } from './records';
import { stepsOf } from './steps';
import { validate } from './validate';

export interface TrainOptions {
  /** Passes over the split; default 10, as in the article. */
  readonly epochs?: number;
  /** Images in a step; default 32. The last step of an epoch takes what is left. */
  readonly batchSize?: number;
  /** Decides, with epoch and step, the order of the images and what dropout draws; an integer from 0 to 2^53 - 1, default 0. */
  readonly seed?: number;
  /** Measured after every epoch; never trained on. */
  readonly validation?: Split;
  /** Stops after the running call, of one step or of `stepsPerCall`; the weights stay as that left them. */
  readonly signal?: AbortSignal;
  /**
   * How steps are compiled, see {@link SessionOptions}; default: as TensorFlow likes. False runs every operation by itself, several
   * times slower. What a loss, metric or layer of your own computes in JavaScript is frozen at the first step, see `compile()`: use
   * `liveNumber`, call `model.compile` again after a change, or take false.
   */
  readonly compile?: CompileChoice;
  /**
   * Steps in one call of the graph, default 1. More of them take the time between two steps away, which matters on GPUs; records
   * then come, and signals are heeded, once a call.
   */
  readonly stepsPerCall?: number;
}

export interface TrainingEnd {
  readonly stopped: 'finished' | 'aborted';
  /** Of every epoch whose steps were all taken; the last one lacks its validation when that was aborted. */
  readonly epochs: readonly EpochRecord[];
  /** From the first step to the last record. */
  readonly seconds: number;
  /** Whether the steps ran as graphs, or operation by operation. */
  readonly runner: 'compiled' | 'eager';
}

/**
 * Trains a compiled model with its own optimizer, loss and metrics, and yields a record after every step and every epoch.
 *
 * Nothing happens until the first record is asked for. Between steps the event loop runs, so timers, interrupts and plots
 * live on. Leaving the loop early ends the training and keeps the weights, as an abort does. No tensor is left behind.
 *
 * @throws TypeError when the model is not compiled or does not fit the split
 * @throws RangeError when a split is empty, or `epochs`, `batchSize` or `stepsPerCall` is not a positive integer; RangeError or TypeError
 *   for an option of `compile` that cannot be
 * @throws Error from the loop, when the model is being trained already, or when a loss is no longer a finite number
 */
export function train(
  model: LayersModel,
  split: Split,
  options: TrainOptions = {},
): AsyncGenerator<TrainingRecord, TrainingEnd, void> {
  const {
    epochs = 10,
    batchSize = 32,
    seed = 0,
    validation,
    signal,
    compile = {},
    stepsPerCall = 1,
  } = options;
  checkPositiveInteger('epochs', epochs);
  checkPositiveInteger('batchSize', batchSize);
  checkPositiveInteger('stepsPerCall', stepsPerCall);
  if (compile !== false) checkSessionOptions(compile);
  checkFits(model, split);
  if (validation) checkFits(model, validation);
  checkCompiled('train', model);
  return run(model, split, { epochs, batchSize, seed, validation, signal, compile, stepsPerCall });
}

type Settled = TrainOptions & Required<Omit<TrainOptions, 'validation' | 'signal'>>;

async function* run(
  model: LayersModel,
  split: Split,
  { epochs, batchSize, seed, validation, signal, compile, stepsPerCall }: Settled,
): AsyncGenerator<TrainingRecord, TrainingEnd, void> {
  const release = claim(model);
  try {
    const functions = functionsOf(model, compile);
    functions.seed = seed;
    const images = split.labels.length;
    const totalSteps = epochs * Math.ceil(images / batchSize);
    const records: EpochRecord[] = [];
    const seconds = stopwatch();
    const { runner } = functions;
    const end = (stopped: TrainingEnd['stopped']) => ({
      stopped,
      epochs: records,
      seconds: seconds(),
      runner,
    });
    let step = 0;
    for (let epoch = 1; epoch <= epochs; epoch++) {
      if (signal?.aborted) return end('aborted');
      const epochSeconds = stopwatch();
      const mean = new MetricsMean();
      const order = orderOf(split, seed, epoch);
      for await (const { images, metrics, endsCall } of stepsOf(model, functions, split, order, {
        batchSize,
        stepsPerCall,
      })) {
        step++;
        checkFinite(metrics.loss, step, epoch, model);
        mean.add(metrics, images);
        const imagesPerSecond = mean.images / epochSeconds();
        yield { kind: 'step', step, totalSteps, epoch, ...metrics, seconds: seconds(), imagesPerSecond };
        if (endsCall && signal?.aborted) break;
      }
      if (mean.images < images) return end('aborted');
      const imagesPerSecond = images / epochSeconds();
      const measured = validation && (await validate(model, functions, validation, signal));
      const record: EpochRecord = {
        kind: 'epoch',
        epoch,
        epochs,
        ...mean.result(),
        ...(measured && { valLoss: measured.loss, valAccuracy: measured.accuracy }),
        seconds: epochSeconds(),
        imagesPerSecond,
      };
      records.push(record);
      yield record;
      if (validation && !measured) return end('aborted');
    }
    return end('finished');
  } finally {
    release();
  }
}

function checkFinite(loss: number, step: number, epoch: number, model: LayersModel): void {
  if (Number.isFinite(loss)) return;
  const { learningRate } = model.optimizer as unknown as { learningRate?: number };
  throw new Error(
    `training diverged; the loss must be a finite number: ${loss} at step ${step}, epoch ${epoch}; ` +
      `build the model anew, for its weights are spoiled, and lower the learning rate` +
      (learningRate === undefined ? '' : ` (now ${learningRate})`),
  );
}

/** A function that tells the seconds since this call. */
function stopwatch(): () => number {
  const start = performance.now();
  return () => (performance.now() - start) / 1000;
}
