/** What a training is told, what can be done while it goes on, and what it ends with. */
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { Cluster } from '../cluster/cluster';
import type { Split } from '../data/split';
import type { CompileChoice } from './model-functions';
import type { EpochRecord, TrainingRecord } from './records';
import type { Schedule } from './schedules';
import type { Snapshot } from './snapshot';
import { STEP_FORMS, type StepForms } from './step-forms';
import type { WeightCopies } from './weight-copy';

export interface TrainOptions extends StepForms {
  /** Passes over the split; default 10, as in the article. */
  readonly epochs?: number;
  /** Images in a step; default 32. The last step of an epoch takes what is left. */
  readonly batchSize?: number;
  /** Leaves out the smaller last step of every epoch; default false. */
  readonly dropLast?: boolean;
  /**
   * Decides, with epoch and step, the order of the images, how they are augmented and mixed, and what dropout draws; an integer from 0
   * to 2^53 - 1, default 0. The same seed and first weights on the same processor give the same bits.
   */
  readonly seed?: number;
  /** The learning rate of every step; default: what the optimizer has. With `stepsPerCall` it changes once a call. */
  readonly schedule?: Schedule;
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
  /**
   * Workers to train with, each on its share of every batch: `batchSize` is that of all together, a multiple of their number. Worker 0's
   * weights are everyone's from the beginning. Needs compiled steps; leaving the training early ends the cluster. Augmentation and dropout
   * draw other numbers than with another number of workers.
   */
  readonly cluster?: Cluster;
  /** Goes on where {@link Training.snapshot} was taken, of a training with the same model, split and options. */
  readonly from?: Snapshot;
}

/** The names of {@link TrainOptions}, without `from`. */
export const TRAIN_OPTIONS = [
  ...[
    'epochs',
    'batchSize',
    'dropLast',
    'seed',
    'schedule',
    'validation',
    'signal',
    'compile',
    'stepsPerCall',
    'cluster',
  ],
  ...STEP_FORMS,
];

export interface TrainingEnd {
  /** `stopped`: by {@link Training.stop}. */
  readonly stopped: 'finished' | 'aborted' | 'stopped';
  /** Why it was stopped, in words. */
  readonly reason?: string;
  /** Of every epoch whose steps were all taken; the last one lacks its validation when that was aborted. */
  readonly epochs: readonly EpochRecord[];
  /** From the first step to the last record, without what lay between an interruption and its resumption. */
  readonly seconds: number;
  /** Whether the steps ran as graphs, or operation by operation. */
  readonly runner: 'compiled' | 'eager';
}

/** A training that is going on: its records, and what may be done between two of them. */
export interface Training extends AsyncGenerator<TrainingRecord, TrainingEnd, void> {
  readonly model: LayersModel;
  readonly runner: TrainingEnd['runner'];
  /** Whether epochs are validated; the record of one whose validation was aborted lacks it all the same. */
  readonly validates: boolean;
  /** Of training until now. */
  readonly seconds: number;
  /** Whether it ends with the record of this moment, as far as is known: by an abort or {@link Training.stop}, in a cluster any worker's. */
  readonly stops: boolean;
  /**
   * Everything that the training needs to go on from here to the same bits; await it before the next record. Undefined in the middle
   * of a call of several steps, whose weights are ahead of the record.
   */
  snapshot(): Promise<Snapshot | undefined>;
  /** A copy of the weights that the last epoch was validated with: the averaged ones where there are some. */
  validatedWeights(): WeightCopies;
  /** Ends the training after this record. */
  stop(reason: string): void;
  /** Multiplies the learning rate of all steps to come, beside the schedule. */
  scaleRate(factor: number): void;
}
