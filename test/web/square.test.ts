import assert from 'node:assert/strict';
import { test } from 'node:test';
import { middleSquare } from '../../web/src/square';

test('the square lies in the middle, as large as the picture allows', () => {
  assert.deepEqual(middleSquare(640, 480), { x: 80, y: 0, side: 480 });
  assert.deepEqual(middleSquare(480, 640), { x: 0, y: 80, side: 480 });
  assert.deepEqual(middleSquare(32, 32), { x: 0, y: 0, side: 32 });
});

test('what cannot be halved leaves the odd pixel on the right', () => {
  assert.deepEqual(middleSquare(8, 5), { x: 1, y: 0, side: 5 });
});

test('a picture without pixels is refused', () => {
  assert.throws(() => middleSquare(0, 5), {
    name: 'RangeError',
    message: 'cannot crop a picture; it has no pixels: 0x5',
  });
});
