import { imageBytes, type Split } from './split';

/**
 * The first `n` images of a split, as evenly over the classes as the split allows, in the split's own order.
 *
 * Every class gives its first `n / classes` images; what a rare class cannot give, the others do. With `n` at or above the
 * size of the split, the split itself is returned.
 *
 * @throws RangeError when `n` is not a positive integer
 */
export function take(split: Split, n: number): Split {
  if (!Number.isInteger(n) || n <= 0) {
    throw new RangeError(`invalid number of images; not a positive integer: ${n}`);
  }
  if (n >= split.labels.length) return split;
  const bytes = imageBytes(split);
  const left = quotas(classCounts(split), n);
  const images = new Uint8Array(n * bytes);
  const labels = new Uint8Array(n);
  let taken = 0;
  for (let i = 0; taken < n; i++) {
    const label = split.labels[i];
    if (left[label] === 0) continue;
    left[label]--;
    images.set(split.images.subarray(i * bytes, (i + 1) * bytes), taken * bytes);
    labels[taken++] = label;
  }
  return { ...split, name: `${split.name}, first ${n.toLocaleString('en-US')}`, images, labels };
}

/**
 * How many images of each class a split holds, in the order of `classNames`.
 *
 * @throws RangeError when a label is not the index of a class
 */
export function classCounts(split: Split): number[] {
  const counts = new Array<number>(split.classNames.length).fill(0);
  for (const label of split.labels) {
    if (label >= counts.length) {
      throw new RangeError(`invalid label; not in [0, ${counts.length}): ${label}`);
    }
    counts[label]++;
  }
  return counts;
}

/** How many of `n` images each class gives: one more for every class that still has some, until `n` are found. */
function quotas(counts: readonly number[], n: number): number[] {
  const quota = counts.map(() => 0);
  let missing = n;
  while (missing > 0) {
    for (let c = 0; c < counts.length && missing > 0; c++) {
      if (quota[c] === counts[c]) continue;
      quota[c]++;
      missing--;
    }
  }
  return quota;
}
