import type { Split } from '../../lib/src/data/split';
import type { Predictions } from '../../lib/src/evaluate/predict';

const CLASS_NAMES = ['cat', 'dog', 'a < b & c'];

/** Six images of 4x5 pixels, two of each class, in which every byte differs from its neighbours. */
export function smallSplit(): Split {
  return {
    name: 'six test images',
    images: Uint8Array.from({ length: 6 * 4 * 5 * 3 }, (_, i) => (i * 37) % 256),
    labels: Uint8Array.from([0, 1, 2, 0, 1, 2]),
    classNames: CLASS_NAMES,
    imageShape: [4, 5, 3],
  };
}

/** Four of the six images right. */
export function smallPredictions(): Predictions {
  const rows = [
    [0.7, 0.2, 0.1],
    [0.1, 0.8, 0.1],
    [0.5, 0.1, 0.4], // wrong
    [1, 0, 0],
    [0.005, 0.003, 0.992], // wrong
    [0.1, 0.1, 0.8],
  ];
  return {
    probabilities: Float32Array.from(rows.flat()),
    labels: Uint8Array.from([0, 1, 2, 0, 1, 2]),
    classNames: CLASS_NAMES,
    splitName: 'six test images',
  };
}
