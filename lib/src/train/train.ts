import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { Cluster } from '../cluster/cluster';
import { checkSessionOptions } from '../compile/session-options';
import type { Split } from '../data/split';
import { checkOptions } from '../model/check-arguments';
import { checkCompiled, checkCropFits, checkFits, checkPositiveInteger } from './check-fits';
import { checkStepForms } from './step-forms';
import { TRAIN_OPTIONS, type Training, type TrainOptions } from './training';
import { type Settled, TrainingLoop } from './training-loop';

/**
 * Trains a compiled model with its own optimizer, loss and metrics, and yields a record after every step and every epoch.
 *
 * Nothing happens until the first record is asked for. Between steps the event loop runs, so timers, interrupts and plots
 * live on. Leaving the loop early ends the training and keeps the weights, as an abort does. No tensor is left behind.
 *
 * @throws TypeError when the model is not compiled or does not fit the split
 * @throws RangeError when a split is empty, or `epochs`, `batchSize` or `stepsPerCall` is not a positive integer; RangeError or TypeError
 *   for another option that cannot be
 * @throws ClusterError from the loop, when a worker of the cluster is lost, or has another model, other images or options
 * @throws Error from the loop, when the model is being trained already; {@link DivergedError} when a loss is no longer a finite number
 */
export function train(model: LayersModel, split: Split, options: TrainOptions = {}): Training {
  const settled: Settled = {
    ...options,
    epochs: options.epochs ?? 10,
    batchSize: options.batchSize ?? 32,
    dropLast: options.dropLast ?? false,
    seed: options.seed ?? 0,
    compile: options.compile ?? {},
    stepsPerCall: options.stepsPerCall ?? 1,
  };
  checkOptions('train', options, [...TRAIN_OPTIONS, 'from']);
  const { batchSize, validation, compile } = settled;
  for (const name of ['epochs', 'batchSize', 'stepsPerCall'] as const) {
    checkPositiveInteger(name, settled[name]);
  }
  if (compile !== false) checkSessionOptions(compile);
  checkStepForms(options);
  checkFits(model, split);
  checkCropFits(model, split, options.augmentation?.crop);
  if (validation) checkFits(model, validation);
  checkCompiled('train', model);
  if (options.cluster) checkCluster(options.cluster, settled);
  if (settled.dropLast && batchSize > split.labels.length) {
    throw new RangeError(
      `invalid batchSize; with dropLast no batch is left of the ${split.labels.length} images: ${batchSize}`,
    );
  }
  const loop = new TrainingLoop(model, split, settled);
  return Object.defineProperties(loop.run(), {
    model: { value: model },
    runner: { get: () => loop.runner },
    validates: { value: validation !== undefined },
    seconds: { get: () => loop.seconds },
    stops: { get: () => loop.stops },
    snapshot: { value: () => loop.snapshot() },
    validatedWeights: { value: () => loop.validatedWeights() },
    stop: { value: (reason: string) => loop.stop(reason) },
    scaleRate: { value: (factor: number) => loop.rate.scale(factor) },
  }) as Training;
}

function checkCluster({ size }: Cluster, { batchSize, compile }: Settled): void {
  if (size > 1 && compile === false) {
    throw new TypeError('invalid compile; a cluster trains in compiled steps: false; leave the option out');
  }
  if (batchSize % size !== 0) {
    throw new RangeError(
      `invalid batchSize; not a multiple of the cluster's ${size} workers, who share each batch: ${batchSize}`,
    );
  }
}
