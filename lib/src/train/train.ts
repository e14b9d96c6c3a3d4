import type { LayersModel, Variable } from '@tensorflow/tfjs-node-gpu';
import { checkSessionOptions } from '../compile/session-options';
import { orderOf } from '../data/batches';
import type { Split } from '../data/split';
import { checkOptions } from '../model/check-arguments';
import { checkCompiled, checkFits, checkPositiveInteger } from './check-fits';
import { claim } from './claim';
import { DivergedError } from './diverged';
import { LearningRate } from './learning-rate';
import { MetricsMean } from './metrics';
import { type CompileChoice, functionsOf, type ModelFunctions } from './model-functions';
import type { EpochRecord, TrainingRecord } from './records';
import type { Schedule } from './schedules';
import { restoreSnapshot, type Snapshot, takeSnapshot } from './snapshot';
import { checkStepForms, STEP_FORMS, type StepForms, stepFormsOf } from './step-forms';
import { stepsOf } from './steps';
import { Stopwatch } from './stopwatch';
import { validate } from './validate';
import { WeightAverage } from './weight-average';
import { copyWeights, type WeightCopies } from './weight-copy';

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

type Settled = TrainOptions &
  Required<Pick<TrainOptions, 'epochs' | 'batchSize' | 'dropLast' | 'seed' | 'compile' | 'stepsPerCall'>>;

/**
 * Trains a compiled model with its own optimizer, loss and metrics, and yields a record after every step and every epoch.
 *
 * Nothing happens until the first record is asked for. Between steps the event loop runs, so timers, interrupts and plots
 * live on. Leaving the loop early ends the training and keeps the weights, as an abort does. No tensor is left behind.
 *
 * @throws TypeError when the model is not compiled or does not fit the split
 * @throws RangeError when a split is empty, or `epochs`, `batchSize` or `stepsPerCall` is not a positive integer; RangeError or TypeError
 *   for another option that cannot be
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
  if (validation) checkFits(model, validation);
  checkCompiled('train', model);
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
    snapshot: { value: () => loop.snapshot() },
    validatedWeights: { value: () => loop.validatedWeights() },
    stop: { value: (reason: string) => loop.stop(reason) },
    scaleRate: { value: (factor: number) => loop.rate.scale(factor) },
  }) as Training;
}

/** What `train` does, with its place in it as fields: a snapshot may be wanted between any two records. */
class TrainingLoop {
  readonly rate: LearningRate;
  #step = 0;
  #epoch = 1;
  #stepInEpoch = 0;
  #mean = new MetricsMean();
  readonly #records: EpochRecord[] = [];
  readonly #seconds = new Stopwatch();
  readonly #epochSeconds = new Stopwatch();
  #stopReason: string | undefined;
  #inCall = false;
  #functions: ModelFunctions | undefined;
  #average: WeightAverage | undefined;

  constructor(
    readonly model: LayersModel,
    readonly split: Split,
    readonly options: Settled,
  ) {
    this.rate = new LearningRate(model.optimizer, options.schedule);
  }

  get runner(): TrainingEnd['runner'] {
    return this.#functions?.runner ?? (this.options.compile === false ? 'eager' : 'compiled');
  }

  get seconds(): number {
    return this.#seconds.seconds;
  }

  stop(reason: string): void {
    this.#stopReason ??= reason;
  }

  async snapshot(): Promise<Snapshot | undefined> {
    if (this.#inCall) return undefined;
    return takeSnapshot(this.model, this.#ownVariables(), {
      optimizer: this.model.optimizer.getClassName(),
      step: this.#step,
      epoch: this.#epoch,
      stepInEpoch: this.#stepInEpoch,
      sums: this.#mean.sums,
      records: [...this.#records],
      seconds: this.#seconds.seconds,
      epochSeconds: this.#epochSeconds.seconds,
      rateFactor: this.rate.factor,
      ...(this.#stopReason !== undefined && { stopReason: this.#stopReason }),
      averageUpdates: this.#average?.updates ?? 0,
    });
  }

  validatedWeights(): WeightCopies {
    return copyWeights(this.model, this.#average?.variables);
  }

  async *run(): AsyncGenerator<TrainingRecord, TrainingEnd, void> {
    const { model, options } = this;
    const { epochs, compile, signal, from, averageDecay } = options;
    const release = claim(model);
    try {
      this.#functions = functionsOf(model, compile);
      this.rate.begin(this.#functions.runner);
      if (averageDecay !== undefined) this.#average = new WeightAverage(model, averageDecay);
      if (from) await this.#goOnFrom(from);
      this.#functions.position.seed = options.seed;
      this.#seconds.start();
      while (this.#epoch <= epochs) {
        if (signal?.aborted || this.#stopReason !== undefined) return this.#end();
        const whole = yield* this.#steps();
        if (!whole) return this.#end();
        const record = await this.#epochRecord();
        if (options.validation && record.valLoss === undefined) {
          yield record; // aborted: what goes on from a snapshot that is taken at it validates anew
          return this.#end([...this.#records, record]);
        }
        this.#records.push(record);
        this.#beginEpoch(); // before the record: a snapshot that is taken at it begins with the next epoch
        yield record;
      }
      return this.#end();
    } finally {
      this.#average?.apply();
      this.#average?.dispose();
      this.rate.restore();
      release();
    }
  }

  /** The steps of an epoch that are left. @returns whether all of them were taken */
  async *#steps(): AsyncGenerator<TrainingRecord, boolean, void> {
    const { model, split, options } = this;
    const { epochs, batchSize, stepsPerCall, seed, signal } = options;
    const functions = this.#functions!;
    const forms = stepFormsOf(options);
    const order = this.#orderOf(seed);
    const stepsPerEpoch = Math.ceil(order.length / batchSize);
    functions.position.epoch = this.#epoch;
    functions.position.step = this.#step;
    this.#epochSeconds.start();
    const allTaken = this.#stepInEpoch === stepsPerEpoch; // before an interruption; the epoch's record tells the last one's rate
    this.rate.set(allTaken ? this.#step - 1 : this.#step);
    let rate = this.rate.now;
    const steps = stepsOf(model, split, order, {
      batchSize,
      stepsPerCall,
      done: this.#stepInEpoch,
      functionOf: (steps) => functions.train(steps, forms, this.#average),
    });
    for await (const { images, metrics, gradientNorm, endsCall } of steps) {
      this.#step++;
      this.#stepInEpoch++;
      if (this.#average) this.#average.updates++;
      if (!Number.isFinite(metrics.loss))
        throw new DivergedError(metrics.loss, this.#step, this.#epoch, rate);
      this.#mean.add(metrics, images);
      this.#inCall = !endsCall;
      yield {
        kind: 'step',
        step: this.#step,
        totalSteps: epochs * stepsPerEpoch,
        epoch: this.#epoch,
        ...metrics,
        rate,
        ...(gradientNorm !== undefined && { gradientNorm }),
        seconds: this.#seconds.seconds,
        imagesPerSecond: this.#mean.images / this.#epochSeconds.seconds,
        memoryMB: process.memoryUsage.rss() / 1e6,
      };
      if (!endsCall) continue;
      if (signal?.aborted || this.#stopReason !== undefined) break;
      if (this.#stepInEpoch === stepsPerEpoch) break; // a schedule may end here
      functions.position.step = this.#step;
      this.rate.set(this.#step);
      rate = this.rate.now;
    }
    return this.#stepInEpoch === stepsPerEpoch;
  }

  async #epochRecord(): Promise<EpochRecord> {
    const { validation, signal, epochs } = this.options;
    const imagesPerSecond = this.#mean.images / this.#epochSeconds.seconds;
    const measure = () => validate(this.model, this.#functions!, validation!, signal);
    const measured = validation && (await (this.#average ? this.#average.during(measure) : measure()));
    return {
      kind: 'epoch',
      epoch: this.#epoch,
      epochs,
      step: this.#step,
      ...this.#mean.result(),
      rate: this.rate.now,
      ...(measured && { valLoss: measured.loss, valAccuracy: measured.accuracy }),
      seconds: this.#epochSeconds.seconds,
      imagesPerSecond,
    };
  }

  #orderOf(seed: number): Int32Array {
    const { batchSize, dropLast } = this.options;
    const order = orderOf(this.split, seed, this.#epoch);
    return dropLast ? order.subarray(0, order.length - (order.length % batchSize)) : order;
  }

  #beginEpoch(): void {
    this.#epoch++;
    this.#stepInEpoch = 0;
    this.#mean = new MetricsMean();
    this.#epochSeconds.reset();
  }

  /** Variables besides the model's and the optimizer's that a step changes. */
  #ownVariables(): Variable[] {
    return [...(this.#average?.variables ?? []), ...(this.#functions?.lossScale?.variables ?? [])];
  }

  async #goOnFrom(snapshot: Snapshot): Promise<void> {
    const { place } = snapshot;
    await restoreSnapshot(this.model, this.#ownVariables(), snapshot);
    this.#step = place.step;
    this.#epoch = place.epoch;
    this.#stepInEpoch = place.stepInEpoch;
    this.#mean = new MetricsMean(place.sums);
    this.#records.push(...place.records);
    this.#seconds.reset(place.seconds);
    this.#epochSeconds.reset(place.epochSeconds);
    this.rate.factor = place.rateFactor;
    this.#stopReason = place.stopReason;
    if (this.#average) this.#average.updates = place.averageUpdates;
  }

  #end(epochRecords: readonly EpochRecord[] = this.#records): TrainingEnd {
    const { epochs, signal } = this.options;
    const reason = this.#stopReason;
    const all = this.#records.length === epochs && !signal?.aborted;
    return {
      stopped: all ? 'finished' : reason === undefined ? 'aborted' : 'stopped',
      ...(reason !== undefined && { reason }),
      epochs: epochRecords,
      seconds: this.#seconds.seconds,
      runner: this.runner,
    };
  }
}
