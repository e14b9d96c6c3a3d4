/** Which of a batch's images each worker of a cluster takes. */

/** One of several workers. */
export interface Worker {
  readonly index: number;
  readonly size: number;
}

/**
 * A worker's images of an epoch, in batches of `batchSize / size`. The order is that of the whole training, whatever the number of
 * workers: of every batch the first worker takes the first part, the second the second. All take equally many, so that the mean of
 * their means is the batch's; of an epoch's smaller last batch the last `length % size` images are left out.
 *
 * @param order of all images, by index
 * @param batchSize of all workers together; a multiple of their number
 */
export function shardOf(order: Int32Array, batchSize: number, { index, size }: Worker): Int32Array {
  if (size === 1) return order;
  const part = batchSize / size;
  const whole = Math.floor(order.length / batchSize);
  const rest = Math.floor((order.length % batchSize) / size);
  const shard = new Int32Array(whole * part + rest);
  for (let batch = 0; batch <= whole; batch++) {
    const images = batch < whole ? part : rest;
    const from = batch * batchSize + index * images;
    shard.set(order.subarray(from, from + images), batch * part);
  }
  return shard;
}

/** A worker's share of what all look at once, such as the images to validate on: neighbours, as equally many as possible. */
export function shareOf(order: Int32Array, { index, size }: Worker): Int32Array {
  const at = (worker: number) => Math.round((worker * order.length) / size);
  return order.subarray(at(index), at(index + 1));
}
