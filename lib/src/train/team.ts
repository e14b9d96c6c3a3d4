/** The workers of a cluster, as a training needs them: all begin with the same, stop together and stay the same. */
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { Cluster } from '../cluster/cluster';
import type { Split } from '../data/split';
import type { JsonObject } from './checkpoint-card';
import { pack, unpack } from './packed';
import type { WorkerSpeed } from './records';
import { differences, settledConfig } from './run-config';
import { runConfigOf } from './run-config-of';
import type { Place, Snapshot } from './snapshot';
import type { TrainOptions } from './training';
import { copyWeights, digestOf } from './weight-copy';

/** What a worker wants between two steps. */
export interface Wish {
  readonly stops: boolean;
  readonly reason: string | null;
  /** Of the learning rate. */
  readonly factor: number;
}

/** All methods are called by all workers at the same place of the training; each throws a ClusterError where a worker is lost. */
export class Team {
  /** Seconds, since the epoch began or, for one that goes on, since it went on. */
  #waited = 0;
  #waitsCountFrom = 0;

  constructor(readonly cluster: Cluster) {}

  /**
   * Makes sure that all workers have the same model, images and options.
   *
   * @throws ClusterError 'disagreement' on all workers, which names what differs, and on which
   */
  async agreeOnTraining(model: LayersModel, split: Split, options: TrainOptions): Promise<void> {
    const config = settledConfig(runConfigOf(model, split, options));
    const [first, ...others] = await this.cluster.gather('the training', config);
    for (const [i, other] of others.entries()) {
      const [difference] = differences(first, other);
      if (difference === undefined) continue;
      throw this.cluster.disagreement('the training', `${difference} on worker ${i + 1}`);
    }
  }

  /**
   * Worker 0's weights, the state of its optimizer, and its place in the training, for everyone.
   *
   * @param own this worker's; only worker 0's is sent
   */
  async shared({ place, tensors }: Snapshot): Promise<Snapshot> {
    const meta = place as unknown as JsonObject;
    const bytes = this.cluster.index === 0 ? pack({ meta, tensors }) : undefined;
    const shared = unpack(await this.cluster.broadcast('weights', bytes));
    return { place: shared.meta as unknown as Place, tensors: shared.tensors };
  }

  /** One worker's wish to stop is everyone's, and the rate is worker 0's. */
  async agreeOn(own: Wish): Promise<Wish> {
    const all = await this.cluster.gather('who stops', own);
    return {
      stops: all.some(({ stops }) => stops),
      reason: own.reason ?? all.find(({ reason }) => reason !== null)?.reason ?? null,
      factor: all[0].factor,
    };
  }

  /** Whether all have the same weights. Processors of different kinds round differently, and so weights drift apart, step by step. */
  async hasOneModel(model: LayersModel): Promise<boolean> {
    const digests = await this.cluster.gather('weights', digestOf(copyWeights(model)));
    return new Set(digests).size === 1;
  }

  /** @param from seconds of the epoch that an earlier process trained: what it waited is not known here */
  beginEpoch(from = 0): void {
    this.#waited = 0;
    this.#waitsCountFrom = from;
  }

  /** @param seconds that a step stood still for other workers */
  waitedFor(seconds: number): void {
    this.#waited += seconds;
  }

  /** @param imagesPerSecond of all workers together
   *  @param seconds that the epoch took */
  speeds(imagesPerSecond: number, seconds: number): Promise<WorkerSpeed[]> {
    const waited = this.#waited / (seconds - this.#waitsCountFrom);
    return this.cluster.gather('speed', { imagesPerSecond: imagesPerSecond / this.cluster.size, waited });
  }
}
