import { gatherBytes } from './batches';
import { shuffledIndices } from './random';
import { imageBytes, type Split } from './split';
import { classCounts } from './take';

/**
 * Two parts of a split without an image in common, one to train on and one held out to choose between trainings, e.g.
 * `split(data.train, 45_000, 5_000, 1)`. The test images stay for the end.
 *
 * Images are drawn at random, from each class the same share as nearly as whole images allow, and stay in the split's own
 * order. What is held out depends on `validation` and `seed` only: training on fewer images is validated on the same ones.
 *
 * @param train images to train on
 * @param validation images to hold out
 * @param seed an integer from 0 to 2^53 - 1
 * @throws RangeError when a size is not a positive integer, both together exceed the split, or `seed` is out of range
 * @throws TypeError when the parts of the split do not fit each other
 */
export function split(
  images: Split,
  train: number,
  validation: number,
  seed: number,
): [train: Split, validation: Split] {
  checkSizes(images, train, validation);
  const counts = classCounts(images);
  const held = apportion(counts, validation);
  const kept = apportion(
    counts.map((count, c) => count - held[c]),
    train,
  );
  const [heldIndices, keptIndices] = drawn(images, [held, kept], seed);
  return [
    partOf(images, keptIndices, `${shown(train)} to train on`),
    partOf(images, heldIndices, `${shown(validation)} held out`),
  ];
}

/**
 * `n` images divided among classes in proportion to `counts`: each class has its share rounded down, and those with the largest
 * remainders one more (Hamilton's method), of equal ones the first. No class gives more than it has.
 */
function apportion(counts: readonly number[], n: number): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const remainders = counts.map((count) => (count * n) % total);
  const quotas = counts.map((count, c) => (count * n - remainders[c]) / total);
  const missing = n - quotas.reduce((sum, quota) => sum + quota, 0);
  const largestFirst = counts.map((_, c) => c).sort((a, b) => remainders[b] - remainders[a]);
  for (const c of largestFirst.slice(0, missing)) quotas[c]++;
  return quotas;
}

/** Images at random, for each part as many of every class as its quotas say; their indices ascend. */
function drawn(images: Split, parts: readonly (readonly number[])[], seed: number): number[][] {
  const left = parts.map((quotas) => [...quotas]);
  const indices: number[][] = parts.map(() => []);
  for (const index of shuffledIndices(images.labels.length, seed)) {
    const label = images.labels[index];
    const part = left.findIndex((quotas) => quotas[label] > 0);
    if (part === -1) continue;
    left[part][label]--;
    indices[part].push(index);
  }
  return indices.map((chosen) => chosen.sort((a, b) => a - b));
}

function partOf(images: Split, indices: readonly number[], what: string): Split {
  const pixels = new Uint8Array(indices.length * imageBytes(images));
  const labels = new Uint8Array(indices.length);
  gatherBytes(images, indices, pixels, labels);
  return { ...images, name: `${images.name}, ${what}`, images: pixels, labels };
}

function checkSizes({ name, labels }: Split, train: number, validation: number): void {
  for (const [size, n] of Object.entries({ train, validation })) {
    if (!Number.isInteger(n) || n <= 0) throw new RangeError(`invalid ${size}; not a positive integer: ${n}`);
  }
  if (train + validation > labels.length) {
    throw new RangeError(
      `invalid train and validation; "${name}" has ${shown(labels.length)} images: ${shown(train)} + ${shown(validation)}`,
    );
  }
}

function shown(n: number): string {
  return n.toLocaleString('en-US');
}
