import { nativeBackend } from './backend';
import { cApi, checked, type Pointer } from './c-api';
import { encodeMessage } from './messages';

const JOB = 'worker';

/** Of what a collective sends, each in memory of its own. With TensorFlow's 4 KB the article's net took 0.9 ms more a step; in one piece, 100 MB twice the time. */
const PIECE_BYTES = 65_536;

export interface ServerOptions {
  /** The address of every worker, as `"10.0.0.1:4000"`; the same list in the same order for all of them. */
  readonly hosts: readonly string[];
  /** Which of them this process is, from 0. */
  readonly index: number;
  /** Processor threads that one operation may use, in every session on the server; default all. */
  readonly intraOpThreads?: number;
}

/**
 * TensorFlow's gRPC server of one worker: what makes collective operations of this process meet those of the others. Sessions are
 * opened on it by its `target`; other workers need not be there before the first run of a collective.
 *
 * It cannot be stopped, which TensorFlow has not implemented: its port stays taken, and its threads stay, until the process ends.
 * A collective that has failed stays failed for the whole server.
 *
 * It listens on its port at every address of the machine, and it knows neither passwords nor encryption: who reaches the port can run
 * any graph, one that reads and writes files included. Private networks only.
 *
 * Source: tensorflow/core/protobuf/tensorflow_server.proto, config.proto and cluster.proto of TensorFlow 2.21.
 */
export class NativeServer {
  /** Where sessions are opened, as `"grpc://localhost:4000"`. */
  readonly target: string;
  /** This worker's name in TensorFlow, as `"/job:worker/replica:0/task:1"`; a device's name follows. */
  readonly task: string;
  /** The worker's first GPU, or its processor where TensorFlow uses none. */
  readonly device: string;
  /** What its sessions need, as fields of TensorFlow's ConfigProto. */
  readonly config: object;
  readonly intraOpThreads: number | undefined;
  #sessions = 0;

  /**
   * Opens the server; it answers when this returns.
   *
   * @throws TypeError or RangeError for an option that cannot be
   * @throws Error when the port is taken, or cannot be listened on; TensorFlow writes lines of its own to standard error then
   */
  constructor({ hosts, index, intraOpThreads }: ServerOptions) {
    check(hosts, index, intraOpThreads);
    const config = {
      ...(intraOpThreads !== undefined && { intraOpParallelismThreads: intraOpThreads }),
      isolateSessionState: false,
      experimental: {
        collectiveGroupLeader: taskName(0), // numbers the steps for all
        recvBufMaxChunk: PIECE_BYTES,
      },
    };
    const definition = encodeMessage('ServerDef', {
      cluster: { job: [{ name: JOB, tasks: Object.fromEntries(hosts.entries()) }] },
      jobName: JOB,
      taskIndex: index,
      defaultSessionConfig: config,
      protocol: 'grpc',
    });
    this.target = cApi().TF_ServerTarget(open(definition, hosts[index]));
    this.task = taskName(index);
    this.device = `${this.task}/device:${nativeBackend().isUsingGpuDevice ? 'GPU' : 'CPU'}:0`;
    this.config = { ...config, deviceFilters: [`/job:${JOB}/task:${index}`] }; // else a session waits for all workers
    this.intraOpThreads = intraOpThreads;
  }

  /** A name for one session, to put before those of its variables: all sessions on the server share one memory. */
  nextSession(): string {
    return `session${this.#sessions++}`;
  }
}

function taskName(index: number): string {
  return `/job:${JOB}/replica:0/task:${index}`;
}

function open(definition: Uint8Array, host: string): Pointer {
  const api = cApi();
  try {
    return checked('open a server', (status) => {
      const server = api.TF_NewServer(definition, definition.length, status);
      if (server) api.TF_ServerStart(server, status);
      return server;
    });
  } catch (cause) {
    throw new Error(
      `cannot open TensorFlow's server; its port must be free on this machine: ${host}; end the program that has it, or take another`,
      { cause },
    );
  }
}

function check(hosts: readonly string[], index: number, intraOpThreads: number | undefined): void {
  const wrong = hosts.find((host) => !isAddress(host));
  if (wrong !== undefined)
    throw new TypeError(`invalid hosts; not a name and a port as 'host:4000': ${wrong}`);
  if (!Number.isInteger(index) || index < 0 || index >= hosts.length) {
    throw new RangeError(`invalid index; not of one of the hosts, from 0 to ${hosts.length - 1}: ${index}`);
  }
  if (intraOpThreads !== undefined && (!Number.isInteger(intraOpThreads) || intraOpThreads <= 0)) {
    throw new RangeError(`invalid intraOpThreads; not a positive integer: ${intraOpThreads}`);
  }
}

function isAddress(host: string): boolean {
  const [, port] = /^[^\s/]+:(\d+)$/.exec(host) ?? [];
  return Number(port) >= 1 && Number(port) <= 65_535;
}
