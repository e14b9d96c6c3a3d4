import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pixelStatistics } from '../../lib/src/data/pixel-statistics';

test('mean and deviation are taken per channel over all pixels, on the scale 0..1', () => {
  const { mean, std } = pixelStatistics({
    name: 'two pixels each',
    images: Uint8Array.of(0, 51, 255, 51, 255, 51, 0, 51), // channel 0: 0, 255, 255, 0; channel 1: 51 throughout
    labels: Uint8Array.of(0, 0),
    classNames: ['only'],
    imageShape: [2, 1, 2],
  });
  assert.deepEqual(mean, [0.5, 0.2]);
  assert.deepEqual(std, [0.5, 0]);
});

test('an empty split has no statistics', () => {
  const empty = { images: new Uint8Array(0), labels: new Uint8Array(0), classNames: ['only'] };
  assert.throws(() => pixelStatistics({ ...empty, name: 'nothing', imageShape: [2, 1, 2] }), {
    name: 'RangeError',
    message: 'invalid split "nothing"; no images: 0',
  });
});
