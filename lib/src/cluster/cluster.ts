/** Several processes, on one machine or on many, that train one model together. */
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { bucketsOf, type MeanAcross } from '../ops/all-reduce';
import { device } from '../tensorflow/device';
import { NativeServer } from '../tensorflow/native-server';
import { checkHosts, checkPrivate, formatAddress, resolveAll } from './addresses';
import { ClusterError } from './cluster-error';
import {
  type ClusterOptions,
  checkClusterOptions,
  checkTransport,
  type Reduction,
  settled,
} from './cluster-options';
import { codeDigest, codeIn } from './code';
import { clusterFromEnv } from './environment';
import type { Environment } from './environment-variables';
import { type Meeting, meet } from './meeting';

const LIBRARY = path.resolve(__dirname, '..'); // lib/src, or lib/dist

/**
 * Workers that train one model, each on its share of every batch: data-parallel training, synchronous, every worker with all
 * of the weights. Each runs the same program:
 *
 *     const cluster = await Cluster.connect({ hosts: ['10.0.0.1:4000', '10.0.0.2:4000'], index: 0 }); // 1 on the other machine
 *     await fit(model, data.train, { epochs: 10, batchSize: 128, cluster }); // of all workers together
 *     await cluster.leave();
 *
 * The gradients' mean is taken by TensorFlow's own collectives, over gRPC; who is there, who agrees and who is lost is seen to beside
 * it (see `meeting.ts`), because those know no deadlines. When a worker is lost the others end with a {@link ClusterError} and
 * cannot go on: start all of them again, and go on from the last checkpoint.
 *
 * TensorFlow's server has neither passwords nor encryption, and listens at every address of the machine: private networks only.
 */
export class Cluster {
  /** Of this worker, from 0. */
  readonly index: number;
  /** How many workers there are. */
  readonly size: number;
  /** What the program gave: `host:port` of all workers. */
  readonly hosts: readonly string[];
  /** How gradients travel. */
  readonly reduction: Reduction;
  readonly #meeting: Meeting | undefined;
  readonly #server: NativeServer | undefined;
  readonly #silenceSeconds: number;
  #instances = 1;
  #over = false;
  #found: unknown;

  private constructor(
    { hosts, index, silenceSeconds, reduction }: ReturnType<typeof settled>,
    meeting?: Meeting,
    server?: NativeServer,
  ) {
    this.index = index;
    this.size = hosts.length;
    this.hosts = hosts;
    this.reduction = reduction;
    this.#silenceSeconds = silenceSeconds;
    this.#meeting = meeting;
    this.#server = server;
    meeting?.fault.catch((fault: unknown) => {
      this.#found = fault;
    });
  }

  /**
   * Meets the other workers and opens TensorFlow's server. Resolves on all of them at once. One worker alone opens nothing.
   *
   * A process can do so once for a port: the server stays until it ends.
   *
   * @throws TypeError or RangeError for an option that cannot be
   * @throws ClusterError 'port', 'missing', 'address', 'disagreement' or 'lost': the same sentence on all workers where they can be told
   */
  static async connect(options: ClusterOptions): Promise<Cluster> {
    checkClusterOptions(options);
    const all = settled(options);
    const { hosts, index, startSeconds, silenceSeconds, allowPublicAddress, onMessage } = all;
    checkTransport(all.reduction, device());
    const addresses = checkHosts(hosts, index);
    if (hosts.length === 1) return new Cluster(all);
    const resolved = await resolveAll(addresses, { withinMilliseconds: 1000 * startSeconds });
    checkPrivate(resolved[index], { allowPublicAddress });
    const onWaiting = (missing: readonly string[]) => onMessage(`waiting for ${missing.join(', ')}`);
    const meeting = await meet({ addresses, index, startSeconds, silenceSeconds, onWaiting });
    try {
      const server = new NativeServer({
        hosts: addresses.map(formatAddress),
        index,
        ...(options.intraOpThreads !== undefined && { intraOpThreads: options.intraOpThreads }),
      });
      const cluster = new Cluster(all, meeting, server);
      const { kind, tensorflow, tfjs } = device();
      await cluster.agreeOnCode(LIBRARY);
      await cluster.agree('software', { tensorflow, tfjs, device: kind, ...all.reduction });
      return cluster;
    } catch (error) {
      if (error instanceof ClusterError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      await meeting.abort(message, 'port');
      throw new ClusterError('port', message, { cause: error });
    }
  }

  /**
   * The cluster that the process was started for, see `clusterFromEnv`: by SLURM, Kubernetes, torchrun, TF_CONFIG, or RESNET_LAB_HOSTS.
   *
   * @param options all but hosts and index
   * @returns undefined where nothing names one, or one of a single worker: training alone costs nothing
   */
  static async fromEnv(
    options: Omit<ClusterOptions, 'hosts' | 'index'> = {},
    env: Environment = process.env,
  ): Promise<Cluster | undefined> {
    const named = clusterFromEnv(env);
    return named && Cluster.connect({ ...options, hosts: named.hosts, index: named.index });
  }

  /** Where the training's session lives; undefined for one worker. */
  get server(): NativeServer | undefined {
    return this.#server;
  }

  /** Rejects when a worker is lost or gives up; never resolves. */
  get fault(): Promise<never> {
    return this.#meeting?.fault ?? new Promise<never>(() => {});
  }

  /** See {@link Meeting.gather}. */
  async gather<T>(topic: string, value: T): Promise<T[]> {
    return this.#meeting ? this.#meeting.gather(topic, value) : [value];
  }

  /** Worker 0's bytes for everyone, see {@link Meeting.broadcast}. */
  async broadcast(topic: string, bytes?: Uint8Array): Promise<Uint8Array> {
    return this.#meeting ? this.#meeting.broadcast(topic, bytes) : bytes!;
  }

  /**
   * Makes sure that all workers have the same.
   *
   * @param fields by names for people; compared as JSON
   * @throws ClusterError 'disagreement' on all of them, which names the first field that differs, and whose
   */
  async agree(topic: string, fields: Readonly<Record<string, unknown>>): Promise<void> {
    const [first, ...others] = await this.gather(topic, fields);
    for (const [i, other] of others.entries()) {
      const names = new Set([...Object.keys(first), ...Object.keys(other)]);
      const field = [...names].find((name) => JSON.stringify(first[name]) !== JSON.stringify(other[name]));
      if (field === undefined) continue;
      const [ours, theirs] = [first, other].map((fields) => shortened(fields[field]));
      throw this.disagreement(topic, `${field} is ${ours} on worker 0 and ${theirs} on worker ${i + 1}`);
    }
  }

  /**
   * Makes sure that all workers run the same code; of the library, `connect` has.
   *
   * @param folder with the program's own files, see {@link codeIn}
   * @throws ClusterError as `agree`; the field is a file
   */
  async agreeOnCode(folder: string): Promise<void> {
    const topic = 'the code';
    const code = codeIn(folder);
    const digests = await this.gather(topic, codeDigest(code)); // of many workers, the files' would be megabytes
    if (new Set(digests).size > 1) await this.agree(topic, code);
  }

  /** To be thrown by all workers alike; the meeting is over for them. */
  disagreement(topic: string, what: string): ClusterError {
    this.#over = true;
    void this.#meeting?.leave(); // everyone has found the same: nobody has to be told
    const remedy = 'start the same program with the same options and data on all of them';
    return new ClusterError(
      'disagreement',
      `cannot train together; ${topic} must be the same: ${what}; ${remedy}`,
    );
  }

  /** How the next function that is recorded averages these tensors; all workers record the same ones in the same order. */
  nextReduction({
    exact,
    tensors,
  }: {
    tensors: Parameters<typeof bucketsOf>[0];
    exact?: MeanAcross['exact'];
  }) {
    const { transport, bucketBytes, hint } = this.reduction;
    const how = { transport, bucketBytes, exact };
    const instance = this.#instances;
    this.#instances += bucketsOf(tensors, how).length;
    // A lost worker is noticed by its silence first; this is for what nobody notices
    return { ...how, hint, instance, size: this.size, timeoutSeconds: Math.ceil(2 * this.#silenceSeconds) };
  }

  /**
   * What a training here ends with after `error`: the cluster's fault where there is one, which a failed collective only follows from.
   * Otherwise the others are told that this worker gives up.
   */
  async explain(error: unknown): Promise<unknown> {
    if (this.#found !== undefined) return this.#found;
    if (error instanceof ClusterError || this.#over || !this.#meeting) return error;
    if (isTensorFlows(error)) {
      const noticed = this.fault.catch((fault: unknown) => fault);
      const late = wait(1500 * this.#silenceSeconds, undefined, { ref: false });
      const fault = await Promise.race([noticed, late]);
      if (fault !== undefined) return fault;
    }
    await this.abort(error instanceof Error ? error.message : String(error));
    return error;
  }

  /** Tells the others that this worker gives up; they end with a {@link ClusterError}. */
  async abort(reason: string): Promise<void> {
    this.#over = true;
    await this.#meeting?.abort(reason);
  }

  /** The end of the program: waits for the others to come to it too, and lets the process end. */
  async leave(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    await this.#meeting?.leave();
  }
}

/** A graph that failed while it ran: most likely a collective. */
function isTensorFlows(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('cannot run the graph; TensorFlow says');
}

function shortened(value: unknown): string {
  const text = JSON.stringify(value) ?? 'none';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
