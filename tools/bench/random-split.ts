import { seededWords } from '../../lib/src/data/random';
import type { ImageShape, Split } from '../../lib/src/data/split';

/** Random bytes, the same on every call: how fast a net trains does not depend on what the pixels show. */
export function randomSplit(images: number, imageShape: ImageShape, classes: number): Split {
  const [height, width, channels] = imageShape;
  const pixels = new Uint8Array(images * height * width * channels);
  const words = seededWords(1);
  for (let i = 0; i < pixels.length; i += 4) {
    const word = words();
    for (let byte = 0; byte < 4; byte++) pixels[i + byte] = word >>> (8 * byte); // past the end: ignored
  }
  const labelled = Math.min(classes, 256); // a label is one byte
  const labels = Uint8Array.from({ length: images }, () => words() % labelled);
  const classNames = Array.from({ length: classes }, (_, i) => `class ${i}`);
  return { name: 'random bytes', images: pixels, labels, classNames, imageShape };
}
