import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Split } from '../../lib/src/data/split';
import { montage, thumbnails } from '../../lib/src/plot/hover-picture';
import { pixelsOf } from '../../lib/src/plot/pixels';
import { pngUrl } from '../../lib/src/plot/png';

const split: Split = {
  name: 'three images',
  images: Uint8Array.from({ length: 3 * 2 * 1 * 3 }, (_, i) => i),
  labels: Uint8Array.of(0, 1, 0),
  classNames: ['cat', 'dog'],
  imageShape: [2, 1, 3],
};

test('a montage has its images side by side, then below, and is white where there is none', () => {
  const { width, height, rgb } = montage(
    [0, 1, 2].map((index) => pixelsOf(split, index)),
    2,
  );
  assert.deepEqual([width, height], [2, 4]);
  const row = (y: number) => [...rgb.subarray(6 * y, 6 * y + 6)];
  assert.deepEqual(row(0), [0, 1, 2, 6, 7, 8]);
  assert.deepEqual(row(1), [3, 4, 5, 9, 10, 11]);
  assert.deepEqual(row(2), [12, 13, 14, 255, 255, 255]);
  assert.deepEqual(row(3), [15, 16, 17, 255, 255, 255]);
});

test('of more than 256 images each has its own thumbnail', () => {
  const images = Uint8Array.from({ length: 300 * 3 }, (_, i) => Math.floor(i / 3) % 251);
  const many: Split = { ...split, images, labels: new Uint8Array(300), imageShape: [1, 1, 3] };
  assert.equal(thumbnails(many)[299], pngUrl(pixelsOf(many, 299), 2));
});

test('thumbnails are the images named, or all, each as the address of a picture', () => {
  assert.deepEqual(thumbnails(split, [2]), [pngUrl(pixelsOf(split, 2), 2)]);
  assert.equal(thumbnails(split).length, 3);
  assert.throws(() => thumbnails(split, [3]), { name: 'RangeError' });
});
