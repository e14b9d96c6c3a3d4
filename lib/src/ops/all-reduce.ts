import type { Tensor, Tensor1D } from '@tensorflow/tfjs-node-gpu';
import { currentRecorder } from '../compile/record';
import { sizeOf } from '../tensorflow/dtypes';
import { tf } from '../tensorflow/load';
import { nativeOp } from './native-op';

const BUCKET_BYTES = 12e6; // ResNet-50's gradients took 237 ms in buckets of this size, 608 ms in one (2 workers, loopback)
const EXCHANGE_BYTES = 2e6; // 0.38 MB took 0.76 ms, in the ring 0.95; 1.3 MB saved a training step 0.3 ms; 10 MB took 23 ms, in the ring 12
const GROUP_KEY = 1; // all workers are one group

export interface MeanAcross {
  /** Workers that take part: all of them. */
  readonly size: number;
  /**
   * Names the first bucket, the number after it the next one: see {@link bucketsOf} for how many there are. Positive; the same on all
   * workers, and of no other bucket of any function that runs on the server.
   */
  readonly instance: number;
  /** How long the reduction waits for the slowest worker before it fails, in seconds; whole. */
  readonly timeoutSeconds: number;
  /** Bytes of float32 that travel as one, default 12 MB; a larger tensor is a bucket by itself. */
  readonly bucketBytes?: number;
  /** What travels, and is added: `'bfloat16'` is half of the bytes, and keeps 8 significant bits. Default `'float32'`. */
  readonly transport?: 'float32' | 'bfloat16';
  /** Those of the tensors that travel as float32 in any case, such as a loss, or batch norm's statistics. */
  readonly exact?: readonly Tensor[];
  /** How TensorFlow reduces: `'nccl'` for workers with a GPU each, where the library has NCCL; default `'auto'`. */
  readonly hint?: 'auto' | 'nccl';
}

type Transport = NonNullable<MeanAcross['transport']>;

/** Tensors that travel as one, by their places in the list. */
export interface Bucket {
  readonly places: readonly number[];
  readonly transport: Transport;
}

/**
 * The mean of each tensor over all workers, the same bits on each of them: an all-reduce, in a ring on processors; of two workers with
 * little to send, each sends the other all it has and adds by itself, which are as many bytes in one message instead of two. For a
 * function that is compiled in a session on a server (`NativeServer`), and that all workers run, in the same order.
 *
 * The tensors travel in buckets. A bucket sets out when its last tensor is there, while others are still being computed or are under
 * way: give the tensors in the order in which the backward pass makes them, that of the last layer first.
 *
 * There is no gradient. One worker gets back what it gave. The caller disposes the results.
 *
 * @param tensors float32, of any shapes; the shapes the same on all workers
 * @returns in the order of `tensors`, of their shapes
 * @throws TypeError for tensors of another type, and for tensors with values: nothing is reduced eagerly
 * @throws RangeError for a number that cannot be
 */
export function meanAcross(tensors: readonly Tensor[], how: MeanAcross): Tensor[] {
  check(tensors, how);
  if (how.size === 1) return tensors.map((tensor) => tensor.clone());
  refuseEager();
  return tf.tidy(() => {
    const means: Tensor[] = [];
    for (const [i, { places, transport }] of bucketsOf(tensors, how).entries()) {
      const own = places.map((place) => tensors[place]);
      const flat = own.map((tensor) => tf.reshape(tensor, [tensor.size]) as Tensor1D); // [size]
      const bucket = tf.concat1d(flat); // [size of all]
      const mean = meanOf(bucket, { ...how, transport, instance: how.instance + i });
      const parts = tf.split(
        mean,
        own.map(({ size }) => size),
      );
      parts.forEach((part, at) => {
        means[places[at]] = part.reshape(own[at].shape);
      });
    }
    return means;
  });
}

/** Which tensors travel together: neighbours, as long as their bytes of float32 fit; the exact ones apart where the others do not travel as float32. */
export function bucketsOf(
  tensors: readonly Tensor[],
  {
    bucketBytes = BUCKET_BYTES,
    transport = 'float32',
    exact = [],
  }: Omit<MeanAcross, 'size' | 'instance' | 'timeoutSeconds'>,
): Bucket[] {
  const open = new Map<Transport, { places: number[]; bytes: number; transport: Transport }>();
  const buckets: Bucket[] = [];
  for (const [place, tensor] of tensors.entries()) {
    const as = exact.includes(tensor) ? 'float32' : transport;
    const bytes = 4 * sizeOf(tensor.shape);
    let bucket = open.get(as);
    if (!bucket || bucket.bytes + bytes > bucketBytes) {
      bucket = { places: [], bytes: 0, transport: as };
      open.set(as, bucket);
      buckets.push(bucket);
    }
    bucket.places.push(place);
    bucket.bytes += bytes;
  }
  return buckets.map(({ places, transport }) => ({ places, transport }));
}

/** @param bucket float32 `[size]` */
function meanOf(bucket: Tensor, how: MeanAcross): Tensor {
  if (how.transport === 'bfloat16') return cast(reduced(cast(bucket, 'bfloat16'), how), 'float32');
  const inOneMessage = how.size === 2 && how.hint !== 'nccl' && 4 * bucket.size <= EXCHANGE_BYTES;
  return inOneMessage ? meanOfBoth(bucket, how) : reduced(bucket, how);
}

/** tf.cast knows no bfloat16. */
function cast(tensor: Tensor, to: Transport): Tensor {
  return nativeOp('Cast', [tensor], { DstT: { type: to } }, 1)[0];
}

function reduced(bucket: Tensor, how: MeanAcross): Tensor {
  const attrs = { merge_op: { string: 'Add' }, final_op: { string: 'Div' }, ...attrsOf(how) }; // by the size
  return nativeOp('CollectiveReduceV2', [bucket, ...numbersOf(how)], attrs, 1)[0];
}

/** Each sends the other all it has; worker 0's comes first on both, so that they add in the same order. CollectiveGatherV2 knows no bfloat16. */
function meanOfBoth(bucket: Tensor, how: MeanAcross): Tensor {
  const known = [{ dtype: 'float32', shape: [2 * bucket.size] }] as const;
  const inputs = [bucket, ...numbersOf(how)];
  const [both] = currentRecorder()!.executeTo(known, 'CollectiveGatherV2', inputs, attrsOf(how));
  const [first, second] = tf.split(both, 2);
  return first.add(second).mul(0.5);
}

function numbersOf({ size, instance }: MeanAcross): Tensor[] {
  return [size, GROUP_KEY, instance].map((number) => tf.scalar(number, 'int32'));
}

function attrsOf({ timeoutSeconds, hint = 'auto' }: MeanAcross) {
  return { communication_hint: { string: hint }, timeout_seconds: { float: timeoutSeconds } } as const;
}

/** Eagerly, TensorFlow would wait for workers that its eager context does not know. */
function refuseEager(): void {
  if (currentRecorder()) return;
  throw new TypeError(
    'cannot reduce tensors eagerly; workers meet in the sessions of their servers: compile the function that calls meanAcross',
  );
}

function check(tensors: readonly Tensor[], how: MeanAcross): void {
  const wrong = tensors.find(({ dtype }) => dtype !== 'float32');
  if (wrong) throw new TypeError(`cannot reduce tensors; all must be float32: ${wrong.dtype}; use toFloat()`);
  const stranger = how.exact?.find((tensor) => !tensors.includes(tensor));
  if (stranger) throw new RangeError(`invalid exact; not one of the tensors: float32[${stranger.shape}]`);
  const { size, instance, timeoutSeconds, bucketBytes = BUCKET_BYTES } = how;
  for (const [name, value] of Object.entries({ size, instance, timeoutSeconds, bucketBytes })) {
    if (!Number.isInteger(value) || value <= 0) {
      throw new RangeError(`invalid ${name}; not a positive integer: ${value}`);
    }
  }
}
