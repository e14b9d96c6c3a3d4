import assert from 'node:assert/strict';
import { test } from 'node:test';
import { colourOf, pixelsOf, rangeOf, shareOf } from '../../lib/src/plot/pixels';
import { smallSplit } from './small-data';

test('the pixels of an image are its own bytes', () => {
  const split = smallSplit();
  const { width, height, rgb } = pixelsOf(split, 2);
  assert.deepEqual([width, height], [5, 4]);
  assert.deepEqual([...rgb], [...split.images.slice(120, 180)]);
});

test('an image of one channel comes out grey', () => {
  const split = { ...smallSplit(), images: Uint8Array.from([7, 9, 200, 100]), labels: Uint8Array.from([0]) };
  const { rgb } = pixelsOf({ ...split, imageShape: [2, 2, 1] }, 0);
  assert.deepEqual([...rgb], [7, 7, 7, 9, 9, 9, 200, 200, 200, 100, 100, 100]);
});

test('an index that is no image and channels that are no colours are refused', () => {
  const split = smallSplit();
  for (const index of [-1, 6, 1.5, Number.NaN]) {
    assert.throws(() => pixelsOf(split, index), {
      name: 'RangeError',
      message: `invalid index; not an integer in [0, 6) of six test images: ${index}`,
    });
  }
  assert.throws(() => pixelsOf({ ...split, imageShape: [5, 6, 2] }, 0), {
    name: 'RangeError',
    message: 'cannot draw images; 1 or 3 channels are needed: 2',
  });
});

test('a range leaves out what is not finite, and a value is a share of it', () => {
  const range = rangeOf([3, Number.NaN, -1, Number.POSITIVE_INFINITY, 1]);
  assert.deepEqual(range, { low: -1, high: 3 });
  assert.deepEqual(
    [-5, -1, 0, 3, 9, Number.NaN].map((value) => shareOf(value, range)),
    [0, 0, 0.25, 1, 1, 0],
  );
  assert.equal(shareOf(2, { low: 2, high: 2 }), 0);
  assert.deepEqual(rangeOf([]), { low: 0, high: 0 });
});

test('viridis runs from dark blue to yellow, grey from black to white', () => {
  assert.deepEqual(
    [0, 0.5, 1].map((share) => colourOf(share, 'viridis')),
    [
      [68, 1, 84],
      [33, 144, 141],
      [253, 231, 37],
    ],
  );
  assert.deepEqual(
    [0, 1].map((share) => colourOf(share, 'grey')),
    [
      [0, 0, 0],
      [255, 255, 255],
    ],
  );
});
