import { seededRandom } from '../../lib/src/data/random';
import type { Split } from '../../lib/src/data/split';

/** Noise in three classes, `[n, 8, 8, 3]`, which differ in which channel is bright. */
export function smallSplit(n: number, seed = 1): Split {
  const random = seededRandom(seed);
  const labels = Uint8Array.from({ length: n }, (_, i) => i % 3);
  const images = Uint8Array.from({ length: n * 192 }, (_, at) => {
    const bright = at % 3 === labels[Math.floor(at / 192)];
    return Math.floor(random() * 128) + (bright ? 127 : 0);
  });
  return { name: 'small', images, labels, classNames: ['red', 'green', 'blue'], imageShape: [8, 8, 3] };
}
