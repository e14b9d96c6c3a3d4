import type { FedFunction, Feed } from '../compile/fed-function';
import { gatherBytes } from '../data/batches';
import type { Split } from '../data/split';
import type { TensorSpec, TypedArray } from '../tensorflow/dtypes';

/** How many of images, labels and indices a function takes. */
export type InputCount = 1 | 2 | 3;

/** What a function made of one batch. */
export interface BatchResult {
  /** Which images of the split it got. */
  readonly indices: Int32Array;
  readonly results: readonly TypedArray[];
}

/**
 * Calls a function with batch after batch of a split's bytes. While one call runs, the next batch is gathered; a call begins only
 * when its result is asked for.
 *
 * @param order indices of images, in the order in which they are taken
 * @param batchSize images in a call; the last one takes what is left
 * @param inputs what the function takes: images, then labels, then their indices in the split
 */
export async function* runBatches(
  fn: FedFunction,
  split: Split,
  order: Int32Array,
  batchSize: number,
  inputs: InputCount = 3,
): AsyncGenerator<BatchResult, void, undefined> {
  if (order.length === 0) return;
  const feeds = new BatchFeeds(fn, split, inputs);
  let running: Promise<unknown> = Promise.resolve();
  try {
    const batchAt = (start: number) => order.subarray(start, start + batchSize);
    let next = feeds.filled(batchAt(0));
    for (let start = 0; start < order.length; start += batchSize) {
      const call = fn.call(next);
      running = call.catch(() => {}); // thrown where it is awaited, below
      if (start + batchSize < order.length) next = feeds.filled(batchAt(start + batchSize));
      yield { indices: batchAt(start), results: await call };
    }
  } finally {
    await running; // it reads the feeds
    feeds.dispose();
  }
}

/** Memory for two batches of each size in turn: one that is being computed, and one that is being filled. */
class BatchFeeds {
  readonly #pairs = new Map<number, { readonly pair: readonly [Feed[], Feed[]]; turn: number }>();

  constructor(
    readonly fn: FedFunction,
    readonly split: Split,
    readonly inputs: InputCount,
  ) {}

  filled(indices: Int32Array): Feed[] {
    const size = indices.length;
    let entry = this.#pairs.get(size);
    if (!entry) {
      const allocate = () => allocateFeeds(this.fn, this.split, size, this.inputs);
      entry = { pair: [allocate(), allocate()], turn: 0 };
      this.#pairs.set(size, entry);
    }
    entry.turn = 1 - entry.turn;
    const feeds = entry.pair[entry.turn];
    fillFeeds(feeds, this.split, indices);
    return feeds;
  }

  dispose(): void {
    for (const { pair } of this.#pairs.values()) for (const feed of pair.flat()) feed.dispose();
  }
}

/** Memory for one batch of images, their labels and indices, or the first of these; the caller disposes it. */
export function allocateFeeds(fn: FedFunction, split: Split, size: number, inputs: InputCount = 3): Feed[] {
  const specs: TensorSpec[] = [
    { dtype: 'uint8', shape: [size, ...split.imageShape] },
    { dtype: 'uint8', shape: [size] },
    { dtype: 'int32', shape: [size] },
  ];
  return specs.slice(0, inputs).map((spec) => fn.feed(spec));
}

/** Copies a batch of the split into its memory. */
export function fillFeeds(feeds: readonly Feed[], split: Split, indices: Int32Array): void {
  const [images, labels, places] = feeds;
  const bytes = labels?.values ?? new Uint8Array(indices.length); // a function of images only
  gatherBytes(split, indices, images.values as Uint8Array, bytes as Uint8Array);
  (places?.values as Int32Array | undefined)?.set(indices);
}
