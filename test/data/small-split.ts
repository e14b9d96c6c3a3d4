import type { Split } from '../../lib/src/data/split';

/** A split of 2x1 images with one channel whose two bytes are the image's index and its label. */
export function smallSplit(labels: number[], classes = 3): Split {
  return {
    name: 'small training images',
    images: Uint8Array.from(labels.flatMap((label, i) => [i, label])),
    labels: Uint8Array.from(labels),
    classNames: Array.from({ length: classes }, (_, c) => `class ${c}`),
    imageShape: [2, 1, 1],
  };
}
