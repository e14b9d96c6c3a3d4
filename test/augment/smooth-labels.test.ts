import assert from 'node:assert/strict';
import test from 'node:test';
import { smoothLabels } from '../../lib/src/augment/smooth-labels';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';

test("the share goes to all classes alike, the right one among them, as with Keras's label_smoothing", async () => {
  await withoutLeaks(() =>
    tf.tidy(() => {
      const labels = tf.tensor2d([
        [0, 1, 0, 0],
        [0.5, 0, 0.5, 0],
      ]);
      const smooth = smoothLabels(labels, 0.25).arraySync();
      assert.deepEqual(smooth, [
        [0.0625, 0.8125, 0.0625, 0.0625],
        [0.4375, 0.0625, 0.4375, 0.0625],
      ]);
      assert.deepEqual(smoothLabels(labels, 0).arraySync(), labels.arraySync());
    }),
  );
});

test('an amount that is no share is refused', () => {
  const labels = tf.tensor2d([[0, 1]]);
  for (const amount of [1, -0.1, Number.NaN]) {
    assert.throws(() => smoothLabels(labels, amount), {
      name: 'RangeError',
      message: `invalid amount; not in [0, 1): ${amount}`,
    });
  }
  labels.dispose();
});
