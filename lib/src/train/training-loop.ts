import type { LayersModel, Variable } from '@tensorflow/tfjs-node-gpu';
import { orderOf } from '../data/batches';
import type { Split } from '../data/split';
import { claim } from './claim';
import { DivergedError } from './diverged';
import { LearningRate } from './learning-rate';
import { MemoryMeter } from './memory-meter';
import { MetricsMean } from './metrics';
import { functionsOf, type ModelFunctions } from './model-functions';
import type { EpochRecord, TrainingRecord } from './records';
import { shardOf } from './shard';
import { restoreSnapshot, type Snapshot, takeSnapshot } from './snapshot';
import { stepFormsOf } from './step-forms';
import { stepsOf } from './steps';
import { Stopwatch } from './stopwatch';
import { Team } from './team';
import type { TrainingEnd, TrainOptions } from './training';
import { validate } from './validate';
import { WeightAverage } from './weight-average';
import { copyWeights, type WeightCopies } from './weight-copy';

/** Options with nothing left out that a training needs. */
export type Settled = TrainOptions &
  Required<Pick<TrainOptions, 'epochs' | 'batchSize' | 'dropLast' | 'seed' | 'compile' | 'stepsPerCall'>>;

/** What `train` does, with its place in it as fields: a snapshot may be wanted between any two records. */
export class TrainingLoop {
  readonly rate: LearningRate;
  #step = 0;
  #epoch = 1;
  #stepInEpoch = 0;
  #mean = new MetricsMean();
  readonly #records: EpochRecord[] = [];
  readonly #seconds = new Stopwatch();
  readonly #epochSeconds = new Stopwatch();
  readonly #memory = new MemoryMeter();
  #stopReason: string | undefined;
  #inCall = false;
  /** Whether some worker is known to stop here. */
  #allStop = false;
  #ended = false;
  /** In a cluster of several workers. */
  readonly #team: Team | undefined;
  #functions: ModelFunctions | undefined;
  #average: WeightAverage | undefined;

  constructor(
    readonly model: LayersModel,
    readonly split: Split,
    readonly options: Settled,
  ) {
    this.rate = new LearningRate(model.optimizer, options.schedule);
    if (options.cluster?.server) this.#team = new Team(options.cluster);
  }

  get runner(): TrainingEnd['runner'] {
    return this.#functions?.runner ?? (this.options.compile === false ? 'eager' : 'compiled');
  }

  get seconds(): number {
    return this.#seconds.seconds;
  }

  /** Whether the training is to end with the record of this moment. */
  get stops(): boolean {
    return this.#allStop || this.#wantsToStop();
  }

  stop(reason: string): void {
    this.#stopReason ??= reason;
  }

  async snapshot(): Promise<Snapshot | undefined> {
    return this.#inCall ? undefined : this.#takeSnapshot();
  }

  #takeSnapshot(): Promise<Snapshot> {
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
    const { epochs, compile, from, averageDecay } = options;
    const release = claim(model);
    const cluster = this.#team?.cluster;
    try {
      this.#functions = functionsOf(model, compile, cluster);
      cluster?.fault.catch(async () => {
        if (!this.#ended) await this.#functions!.cancel(); // a step that waits for the lost worker
      });
      this.rate.begin(this.#functions.runner);
      if (averageDecay !== undefined) this.#average = new WeightAverage(model, averageDecay);
      if (from) await this.#goOnFrom(from);
      if (this.#team) await this.#comeTogether(this.#team);
      this.#functions.position.seed = options.seed;
      this.#functions.position.wantsToStop = false;
      this.#seconds.start();
      while (this.#epoch <= epochs) {
        if (await this.#agreeToStop()) return this.#end();
        const whole = yield* this.#steps();
        if (!whole) {
          await this.#agreeToStop(); // for the reason
          return this.#end();
        }
        const record = await this.#epochRecord();
        if (options.validation && record.valLoss === undefined) {
          this.#allStop = true; // by whoever's wish
          yield record; // aborted: what goes on from a snapshot that is taken at it validates anew
          return this.#end([...this.#records, record]);
        }
        this.#records.push(record);
        if (this.#team) await this.#staySame(this.#team);
        if (this.#team) this.#allStop = await this.#agreeToStop();
        this.#beginEpoch(); // before the record: a snapshot that is taken at it begins with the next epoch
        yield record;
      }
      return this.#end();
    } catch (error) {
      this.#ended = true;
      throw error instanceof DivergedError ? error : ((await cluster?.explain(error)) ?? error); // all workers diverge
    } finally {
      if (!this.#ended) await cluster?.abort('its training was left before the end');
      this.#average?.apply();
      this.#average?.dispose();
      this.rate.restore();
      release();
    }
  }

  /** The steps of an epoch that are left. @returns whether all of them were taken */
  async *#steps(): AsyncGenerator<TrainingRecord, boolean, void> {
    const { model, split, options } = this;
    const { epochs, batchSize, stepsPerCall, seed } = options;
    const functions = this.#functions!;
    const forms = stepFormsOf(options);
    const order = this.#orderOf(seed);
    const ownBatch = batchSize / functions.position.worker.size;
    const stepsPerEpoch = Math.ceil(order.length / ownBatch);
    functions.position.epoch = this.#epoch;
    functions.position.step = this.#step;
    this.#epochSeconds.start();
    const allTaken = this.#stepInEpoch === stepsPerEpoch; // before an interruption; the epoch's record tells the last one's rate
    this.rate.set(allTaken ? this.#step - 1 : this.#step);
    let rate = this.rate.now;
    const steps = stepsOf(model, split, order, {
      ...{ batchSize: ownBatch, stepsPerCall, done: this.#stepInEpoch, inCluster: this.#team !== undefined },
      functionOf: (steps) => functions.train(steps, forms, this.#average),
    });
    for await (const { images, metrics, gradientNorm, stops, waited, endsCall } of steps) {
      this.#step++;
      this.#stepInEpoch++;
      if (this.#average) this.#average.updates++;
      if (!Number.isFinite(metrics.loss))
        throw new DivergedError(metrics.loss, this.#step, this.#epoch, rate);
      this.#mean.add(metrics, images * functions.position.worker.size);
      this.#team?.waitedFor(waited);
      this.#inCall = !endsCall;
      this.#allStop = stops;
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
        memoryMB: this.#memory.megabytes,
      };
      if (!endsCall) continue;
      functions.position.wantsToStop = this.#wantsToStop();
      if (this.#team ? stops : functions.position.wantsToStop) break;
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
    const workers = await this.#team?.speeds(imagesPerSecond, this.#epochSeconds.seconds);
    const measure = () => validate(this.model, this.#functions!, validation!, signal, this.#team?.cluster);
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
      ...(workers && { workers }),
    };
  }

  #orderOf(seed: number): Int32Array {
    const { batchSize, dropLast } = this.options;
    const order = orderOf(this.split, seed, this.#epoch);
    const kept = dropLast ? order.subarray(0, order.length - (order.length % batchSize)) : order;
    return shardOf(kept, batchSize, this.#functions!.position.worker);
  }

  #beginEpoch(): void {
    this.#epoch++;
    this.#stepInEpoch = 0;
    this.#mean = new MetricsMean();
    this.#epochSeconds.reset();
    this.#team?.beginEpoch();
  }

  /** Variables besides the model's and the optimizer's that a step changes. */
  #ownVariables(): Variable[] {
    return [...(this.#average?.variables ?? []), ...(this.#functions?.lossScale?.variables ?? [])];
  }

  #wantsToStop(): boolean {
    return this.options.signal?.aborted === true || this.#stopReason !== undefined;
  }

  /** Between two epochs, or after a step that was to be the last. */
  async #agreeToStop(): Promise<boolean> {
    if (!this.#team) return this.#wantsToStop();
    const reason = this.#stopReason ?? null;
    const agreed = await this.#team.agreeOn({ stops: this.#wantsToStop(), reason, factor: this.rate.factor });
    this.rate.factor = agreed.factor;
    this.#stopReason = agreed.reason ?? undefined;
    return agreed.stops;
  }

  /** Everyone begins where worker 0 is. */
  async #comeTogether(team: Team): Promise<void> {
    await team.agreeOnTraining(this.model, this.split, this.options);
    await this.#goOnFrom(await team.shared(await this.#takeSnapshot()));
  }

  /** Whoever has other weights than worker 0 after an epoch gets its. */
  async #staySame(team: Team): Promise<void> {
    if (await team.hasOneModel(this.model)) return;
    const shared = await team.shared(await this.#takeSnapshot());
    await restoreSnapshot(this.model, this.#ownVariables(), shared);
  }

  async #goOnFrom(snapshot: Snapshot): Promise<void> {
    const { place } = snapshot;
    await restoreSnapshot(this.model, this.#ownVariables(), snapshot);
    this.#step = place.step;
    this.#epoch = place.epoch;
    this.#stepInEpoch = place.stepInEpoch;
    this.#mean = new MetricsMean(place.sums);
    this.#records.splice(0, this.#records.length, ...place.records);
    this.#seconds.reset(place.seconds);
    this.#epochSeconds.reset(place.epochSeconds);
    this.#team?.beginEpoch(place.epochSeconds);
    this.rate.factor = place.rateFactor;
    this.#stopReason = place.stopReason;
    if (this.#average) this.#average.updates = place.averageUpdates;
  }

  #end(epochRecords: readonly EpochRecord[] = this.#records): TrainingEnd {
    this.#ended = true;
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
