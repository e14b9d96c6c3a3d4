import { checkOneOf, checkOptions, checkPositive, checkWholeNumber } from '../model/check-arguments';
import type { Device } from '../tensorflow/device';

/** How gradients and what goes with them travel between the workers; the same for all of them. */
export interface Reduction {
  /** Gradients' numbers on their way; `'bfloat16'`, for processors, halves the bytes and keeps 8 significant bits. Default `'float32'`. */
  readonly transport: 'float32' | 'bfloat16';
  /** Of float32 that travel as one; default 12 MB. */
  readonly bucketBytes: number;
  /** `'nccl'` for GPUs, where TensorFlow has it; default `'auto'`: a ring over gRPC. */
  readonly hint: 'auto' | 'nccl';
  /**
   * Whose moving mean and variance of batch norm all workers have after a step: the mean of all workers' (default), so that the whole
   * batch counts, or worker 0's, as in PyTorch's DistributedDataParallel. Within a step, each worker normalises by its own share
   * of the batch either way.
   */
  readonly batchNorm: 'mean' | 'worker 0';
}

export interface ClusterOptions extends Partial<Reduction> {
  /** `host:port` of every worker, the same list in the same order for all of them: each must reach each. */
  readonly hosts: readonly string[];
  /** Which of them this process is, from 0. Worker 0 keeps the run, and shows it. */
  readonly index: number;
  /** How long to wait until all are there; default 120. */
  readonly startSeconds?: number;
  /** A worker of which nothing is heard for so long is lost; longer than whatever blocks JavaScript, such as compiling. Default 60. */
  readonly silenceSeconds?: number;
  /** Opens a worker although the machine has a public address, behind a firewall; default false. */
  readonly allowPublicAddress?: boolean;
  /** Processor threads that one operation may use; default all. */
  readonly intraOpThreads?: number;
  /** Told who is awaited; default: the console. */
  readonly onMessage?: (message: string) => void;
}

const OPTIONS = [
  ...[
    'hosts',
    'index',
    'startSeconds',
    'silenceSeconds',
    'allowPublicAddress',
    'intraOpThreads',
    'onMessage',
  ],
  ...['transport', 'bucketBytes', 'hint', 'batchNorm'],
];

/** @throws TypeError or RangeError which names the option and its value; hosts and index are checked elsewhere */
export function checkClusterOptions(options: ClusterOptions): void {
  checkOptions('Cluster.connect', options, OPTIONS);
  const { startSeconds, silenceSeconds, intraOpThreads, bucketBytes, transport, hint, batchNorm } = options;
  if (startSeconds !== undefined) checkSeconds('startSeconds', startSeconds);
  if (silenceSeconds !== undefined) checkSeconds('silenceSeconds', silenceSeconds);
  if (intraOpThreads !== undefined) checkWholeNumber('intraOpThreads', intraOpThreads);
  if (bucketBytes !== undefined) checkWholeNumber('bucketBytes', bucketBytes);
  if (transport !== undefined) checkOneOf('transport', transport, ['float32', 'bfloat16']);
  if (hint !== undefined) checkOneOf('hint', hint, ['auto', 'nccl']);
  if (batchNorm !== undefined) checkOneOf('batchNorm', batchNorm, ['mean', 'worker 0']);
}

/** A day: a timer of Node's takes at most 24 of them, and fires at once for more. */
export const MOST_SECONDS = 24 * 60 * 60;

function checkSeconds(name: string, value: number): void {
  checkPositive(name, value);
  if (value > MOST_SECONDS)
    throw new RangeError(`invalid ${name}; more than a day, ${MOST_SECONDS}: ${value}`);
}

/** @throws TypeError for what TensorFlow 2.21 cannot add on the device */
export function checkTransport({ transport }: Reduction, { kind }: Pick<Device, 'kind'>): void {
  if (transport === 'float32' || kind !== 'gpu') return;
  throw new TypeError(
    `invalid transport; TensorFlow adds '${transport}' on processors only, and this worker computes on a GPU: use 'float32'`,
  );
}

/** With the defaults. */
export function settled(options: ClusterOptions) {
  const { startSeconds = 120, silenceSeconds = 60, allowPublicAddress = false } = options;
  const { transport = 'float32', bucketBytes = 12e6, hint = 'auto', batchNorm = 'mean' } = options;
  const { hosts, index, onMessage = (message: string) => console.log(message) } = options;
  const reduction: Reduction = { transport, bucketBytes, hint, batchNorm };
  return { hosts, index, startSeconds, silenceSeconds, allowPublicAddress, onMessage, reduction };
}
