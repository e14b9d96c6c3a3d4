import type { LayersModel, Variable } from '@tensorflow/tfjs-node-gpu';
import type { Cluster } from '../cluster/cluster';
import { orderOf } from '../data/batches';
import type { Split } from '../data/split';
import { claim } from './claim';
import { agreeOnTraining, sharedSnapshot } from './come-together';
import { DivergedError } from './diverged';
import { LearningRate } from './learning-rate';
import { MemoryMeter } from './memory-meter';
import { MetricsMean } from './metrics';
import { functionsOf, type ModelFunctions } from './model-functions';
import type { EpochRecord, TrainingRecord, WorkerSpeed } from './records';
import { shardOf } from './shard';
import { restoreSnapshot, type Snapshot, takeSnapshot } from './snapshot';
import { stepFormsOf } from './step-forms';
import { stepsOf } from './steps';
import { Stopwatch } from './stopwatch';
import type { TrainingEnd, TrainOptions } from './training';
import { validate } from './validate';
import { WeightAverage } from './weight-average';
import { copyWeights, digestOf, type WeightCopies } from './weight-copy';

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
  #ended = false;
  /** Seconds, since the epoch began or, for one that goes on, since it went on. */
  #waited = 0;
  #waitsCountFrom = 0;
  readonly #cluster: Cluster | undefined;
  #functions: ModelFunctions | undefined;
  #average: WeightAverage | undefined;

  constructor(
    readonly model: LayersModel,
    readonly split: Split,
    readonly options: Settled,
  ) {
    this.rate = new LearningRate(model.optimizer, options.schedule);
    this.#cluster = options.cluster?.server && options.cluster;
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
    try {
      this.#functions = functionsOf(model, compile, this.#cluster);
      this.#cluster?.fault.catch(() => this.#functions!.cancel()); // which waits for the lost worker
      this.rate.begin(this.#functions.runner);
      if (averageDecay !== undefined) this.#average = new WeightAverage(model, averageDecay);
      if (from) await this.#goOnFrom(from);
      if (this.#cluster) await this.#comeTogether(this.#cluster);
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
          yield record; // aborted: what goes on from a snapshot that is taken at it validates anew
          return this.#end([...this.#records, record]);
        }
        this.#records.push(record);
        await this.#staySame();
        this.#beginEpoch(); // before the record: a snapshot that is taken at it begins with the next epoch
        yield record;
      }
      return this.#end();
    } catch (error) {
      this.#ended = true;
      throw error instanceof DivergedError ? error : ((await this.#cluster?.explain(error)) ?? error); // all workers diverge
    } finally {
      if (!this.#ended) await this.#cluster?.abort('its training was left before the end');
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
      ...{
        batchSize: ownBatch,
        stepsPerCall,
        done: this.#stepInEpoch,
        inCluster: this.#cluster !== undefined,
      },
      functionOf: (steps) => functions.train(steps, forms, this.#average),
    });
    for await (const { images, metrics, gradientNorm, stops, waited, endsCall } of steps) {
      this.#step++;
      this.#stepInEpoch++;
      if (this.#average) this.#average.updates++;
      if (!Number.isFinite(metrics.loss))
        throw new DivergedError(metrics.loss, this.#step, this.#epoch, rate);
      this.#mean.add(metrics, images * functions.position.worker.size);
      this.#waited += waited;
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
        memoryMB: this.#memory.megabytes,
      };
      if (!endsCall) continue;
      functions.position.wantsToStop = this.#wantsToStop();
      if (this.#cluster ? stops : functions.position.wantsToStop) break;
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
    const workers = await this.#speeds(imagesPerSecond);
    const measure = () => validate(this.model, this.#functions!, validation!, signal, this.#cluster);
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

  async #speeds(imagesPerSecond: number): Promise<WorkerSpeed[] | undefined> {
    const cluster = this.#cluster;
    const waited = this.#waited / (this.#epochSeconds.seconds - this.#waitsCountFrom);
    return cluster?.gather('speed', { imagesPerSecond: imagesPerSecond / cluster.size, waited });
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
    this.#waited = 0;
    this.#waitsCountFrom = 0;
    this.#epochSeconds.reset();
  }

  /** Variables besides the model's and the optimizer's that a step changes. */
  #ownVariables(): Variable[] {
    return [...(this.#average?.variables ?? []), ...(this.#functions?.lossScale?.variables ?? [])];
  }

  #wantsToStop(): boolean {
    return this.options.signal?.aborted === true || this.#stopReason !== undefined;
  }

  /** Between two epochs, or after a step that was to be the last. In a cluster one worker's wish is everyone's, and the rate is worker 0's. */
  async #agreeToStop(): Promise<boolean> {
    const own = { stops: this.#wantsToStop(), reason: this.#stopReason ?? null, factor: this.rate.factor };
    const all = this.#cluster ? await this.#cluster.gather('who stops', own) : [own];
    this.rate.factor = all[0].factor;
    this.#stopReason ??= all.find(({ reason }) => reason !== null)?.reason ?? undefined;
    return all.some(({ stops }) => stops);
  }

  /**
   * Processors of different kinds round differently, and so would their weights drift apart, step by step. Whoever has others than worker 0
   * after an epoch gets its.
   */
  async #staySame(): Promise<void> {
    const cluster = this.#cluster;
    if (!cluster) return;
    const digests = await cluster.gather('weights', digestOf(copyWeights(this.model)));
    if (digests.every((digest) => digest === digests[0])) return;
    const shared = await sharedSnapshot(cluster, await this.#takeSnapshot());
    await restoreSnapshot(this.model, this.#ownVariables(), shared);
  }

  /** Everyone begins where worker 0 is. */
  async #comeTogether(cluster: Cluster): Promise<void> {
    await agreeOnTraining(cluster, this.model, this.split, this.options);
    await this.#goOnFrom(await sharedSnapshot(cluster, await this.#takeSnapshot()));
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
    this.#waitsCountFrom = place.epochSeconds;
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
