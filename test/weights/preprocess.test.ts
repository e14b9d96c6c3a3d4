import assert from 'node:assert/strict';
import test from 'node:test';
import { tf } from '../../lib/src/tensorflow/load';
import { type PreprocessMode, preprocess } from '../../lib/src/weights/preprocess';
import { withoutLeaks } from '../no-leaks';

/** Two pixels, worked out by keras.applications.imagenet_utils.preprocess_input of Keras 3.15. */
const PIXELS = [0, 128, 255, 10, 20, 30];
const KERAS: Record<PreprocessMode, number[]> = {
  torch: [-2.117904, 0.2051822, 2.64, -1.9466565, -1.6855742, -1.2815686],
  caffe: [151.061, 11.221001, -123.68, -73.939, -96.779, -113.68],
  tf: [-1, 0.00392163, 1, -0.9215686, -0.8431373, -0.7647059],
};

for (const [mode, expected] of Object.entries(KERAS)) {
  test(`${mode}: pixels become what Keras makes of them`, async () => {
    await withoutLeaks(() => {
      const images = tf.tensor4d(PIXELS, [1, 1, 2, 3], 'int32');
      const result = preprocess(images, mode as PreprocessMode);
      assert.deepEqual([result.dtype, result.shape], ['float32', [1, 1, 2, 3]]);
      for (const [i, value] of result.dataSync().entries()) {
        assert.ok(Math.abs(value - expected[i]) < 1e-4 * Math.max(1, Math.abs(value)), `${i}: ${value}`);
      }
      tf.dispose([images, result]);
    });
  });
}

test('another mode, and images without three channels, are refused', async () => {
  await withoutLeaks(() => {
    const [rgb, grey] = [tf.zeros([1, 2, 2, 3]), tf.zeros([1, 2, 2, 1])];
    assert.throws(() => preprocess(rgb, 'keras' as PreprocessMode), {
      name: 'TypeError',
      message: `invalid mode; not 'torch', 'caffe' or 'tf': "keras"`,
    });
    assert.throws(() => preprocess(grey, 'tf'), {
      name: 'TypeError',
      message: 'invalid images; not [batch, height, width, 3]: [1, 2, 2, 1]',
    });
    tf.dispose([rgb, grey]);
  });
});
