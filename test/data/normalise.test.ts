import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalise, oneHot } from '../../lib/src/data/normalise';

test('bytes become float32 from 0 to 1, each divided by 255', () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  const scaled = normalise(all);
  assert.ok(scaled instanceof Float32Array);
  assert.equal(scaled[0], 0);
  assert.equal(scaled[255], 1);
  for (const byte of all) assert.equal(scaled[byte], Math.fround(byte / 255));
});

test('labels become rows with a single one', () => {
  assert.deepEqual(oneHot([2, 0], 3), Float32Array.of(0, 0, 1, 1, 0, 0));
  assert.deepEqual(oneHot(Uint8Array.of(), 3), new Float32Array(0));
});

test('labels without a class and numbers of classes that make no sense are refused', () => {
  for (const label of [3, -1, 0.5]) {
    assert.throws(() => oneHot([label], 3), {
      name: 'RangeError',
      message: `invalid label; not in [0, 3): ${label}`,
    });
  }
  assert.throws(() => oneHot([0], 0), {
    name: 'RangeError',
    message: 'invalid classes; not a positive integer: 0',
  });
});
