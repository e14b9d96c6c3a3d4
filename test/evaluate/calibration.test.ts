import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calibration } from '../../lib/src/evaluate/calibration';

/** Three classes; confidences 0.95, 0.85, 0.9, 0.4, of which the second and the fourth are wrong. */
const predictions = {
  probabilities: Float32Array.from([0.95, 0.05, 0, 0.85, 0.15, 0, 0.05, 0.9, 0.05, 0.3, 0.3, 0.4]),
  labels: Uint8Array.from([0, 1, 1, 0]),
  classNames: ['a', 'b', 'c'],
  splitName: 'four images',
};

test('confidence and accuracy are means over the images of a bin', () => {
  const bins = calibration(predictions, 2);
  assert.deepEqual(
    bins.map(({ from, to, images }) => ({ from, to, images })),
    [
      { from: 0, to: 0.5, images: 1 },
      { from: 0.5, to: 1, images: 3 },
    ],
  );
  assert.ok(Math.abs(bins[0].confidence - 0.4) < 1e-6);
  assert.equal(bins[0].accuracy, 0);
  assert.ok(Math.abs(bins[1].confidence - 0.9) < 1e-6);
  assert.ok(Math.abs(bins[1].accuracy - 2 / 3) < 1e-12);
});

test('bins without images are left out and a confidence of one falls into the last', () => {
  const sure = { ...predictions, probabilities: Float32Array.from([1, 0, 0]), labels: Uint8Array.from([0]) };
  assert.deepEqual(calibration(sure), [{ from: 0.9, to: 1, images: 1, confidence: 1, accuracy: 1 }]);
});

test('a number of bins that is not a positive integer is refused', () => {
  assert.throws(() => calibration(predictions, 0), new RangeError('invalid bins; not a positive integer: 0'));
});

test('predictions of a model without a softmax, or of one whose weights are spoiled, are refused as in an evaluation', () => {
  for (const [value, message] of [
    [-1, /the least is -1 for image 0; let the model end in a softmax/],
    [Number.NaN, /not a finite number: NaN for image 0/],
  ] as const) {
    const probabilities = Float32Array.of(value, ...predictions.probabilities.subarray(1));
    assert.throws(() => calibration({ ...predictions, probabilities }), { name: 'RangeError', message });
  }
});
