import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { checkTestTime, overViews, type TestTime, viewCount } from '../../lib/src/augment/views';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';

/** The views that a model gets of one image of 4 x 4 pixels, row by row: `0123 4567 89ab cdef` where it is left as it is. */
function viewsOf(testTime: TestTime): string[] {
  const seen: string[] = [];
  const image = tf.range(0, 16).reshape([1, 4, 4, 1]) as Tensor4D;
  overViews(image, testTime, (views) => {
    for (const view of tf.unstack(views)) {
      const pixels = Array.from(view.dataSync(), (pixel) => pixel.toString(16)).join('');
      seen.push(pixels.replace(/(.{4})(?=.)/g, '$1 '));
    }
    return tf.ones([views.shape[0], 2]);
  });
  return seen;
}

test('flip is the image and its mirror image', () => {
  assert.deepEqual(viewsOf('flip'), ['0123 4567 89ab cdef', '3210 7654 ba98 fedc']);
});

test('crops have a row and a column more above and on the left, or below and on the right, mirrored without the edge', () => {
  assert.deepEqual(viewsOf('flip and crops'), [
    ...viewsOf('flip'),
    ...['5456 1012 5456 989a', '6545 2101 6545 a989'],
    ...['5676 9aba defe 9aba', '6765 aba9 efed aba9'],
  ]);
});

/** A model that gives each view, in this order, its own probabilities of two classes. */
const giving = (rows: readonly number[][]) => (views: Tensor4D) => {
  assert.equal(views.shape[0], rows.length);
  return tf.tensor2d(rows as number[][]);
};

const image = () => tf.zeros([1, 4, 4, 3]) as Tensor4D;

function assertClose(actual: Tensor2D, expected: readonly number[]): void {
  const values = [...actual.dataSync()];
  assert.ok(
    values.length === expected.length && values.every((value, i) => Math.abs(value - expected[i]) < 1e-6),
    `${values}, not ${expected}`,
  );
}

test("the mean is airbench's: of logits, a quarter for each unmoved view and an eighth for each moved one", () => {
  const logits = [
    [1, -2],
    [0.5, 3],
    [-1, 0],
    [2, 2],
    [0, 1],
    [4, -4],
  ];
  const rows = logits.map((row) => [...tf.softmax(tf.tensor1d(row)).dataSync()]);
  const weights = [1 / 4, 1 / 4, 1 / 8, 1 / 8, 1 / 8, 1 / 8];
  const mean = [0, 1].map((k) => logits.reduce((sum, row, i) => sum + weights[i] * row[k], 0));
  assertClose(overViews(image(), 'flip and crops', giving(rows)), [
    ...tf.softmax(tf.tensor1d(mean)).dataSync(),
  ]);
  const half = [0, 1].map((k) => (logits[0][k] + logits[1][k]) / 2);
  assertClose(overViews(image(), 'flip', giving(rows.slice(0, 2))), [
    ...tf.softmax(tf.tensor1d(half)).dataSync(),
  ]);
});

test('views that are certain of different classes make an even chance, not NaN', () => {
  const rows = [
    [1, 0],
    [0, 1],
  ];
  assertClose(overViews(image(), 'flip', giving(rows)), [0.5, 0.5]);
});

test('every image of a batch keeps its own views', () => {
  const images = tf.tensor4d([0.1, 0.2, 0.3], [3, 1, 1, 1]);
  const brightness = (views: Tensor4D): Tensor => {
    const p = views.reshape([-1, 1]);
    return tf.concat([p, tf.sub(1, p)], 1);
  };
  assertClose(overViews(images, 'flip', brightness), [0.1, 0.9, 0.2, 0.8, 0.3, 0.7]);
});

test('views leave no tensor behind but the result', async () => {
  const images = image();
  const result = await withoutLeaks(
    () => overViews(images, 'flip and crops', (views) => tf.ones([views.shape[0], 2])),
    1,
  );
  assert.deepEqual(result.shape, [1, 2]);
  assert.deepEqual([viewCount('flip'), viewCount('flip and crops')], [2, 6]);
});

test('other choices, and crops of images that are too small, are refused', () => {
  for (const wrong of ['crops', 'Flip', true, null])
    assert.throws(() => checkTestTime(wrong, [4, 4, 3]), {
      name: 'TypeError',
      message: `invalid testTime; not 'flip' or 'flip and crops': ${typeof wrong === 'string' ? `"${wrong}"` : wrong}`,
    });
  checkTestTime('flip', [1, 4, 3]);
  checkTestTime('flip and crops', [2, 2, 3]);
  assert.throws(() => checkTestTime('flip and crops', [1, 4, 3]), {
    name: 'RangeError',
    message: "invalid testTime; crops need images of at least 2 x 2 pixels: 1 x 4; use 'flip'",
  });
});
