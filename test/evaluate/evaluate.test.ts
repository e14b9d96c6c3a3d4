import assert from 'node:assert/strict';
import test from 'node:test';
import { evaluate } from '../../lib/src/evaluate/evaluate';
import type { Predictions } from '../../lib/src/evaluate/predict';
import { tf } from '../../lib/src/tensorflow/load';

const classNames = ['cat', 'dog', 'owl'];

/** Seven images: cats taken for dogs twice and for an owl once, a dog for a cat, no image ever taken for a right owl. */
const predictions: Predictions = {
  splitName: 'pets test',
  classNames,
  labels: Uint8Array.from([0, 0, 0, 0, 1, 1, 1]),
  probabilities: Float32Array.from([
    ...[0.8, 0.1, 0.1], // right
    ...[0.3, 0.6, 0.1],
    ...[0.0, 1.0, 0.0], // as wrong as can be
    ...[0.2, 0.2, 0.6],
    ...[0.1, 0.9, 0.0], // right
    ...[0.4, 0.4, 0.2], // a tie: the first class counts
    ...[0.0, 1.0, 0.0], // right, without a doubt
  ]),
};

test('loss and accuracy are what tf.layers says of the same probabilities', () => {
  const { loss, accuracy, images } = evaluate(predictions);
  const truth = tf.oneHot(tf.tensor1d(predictions.labels, 'int32'), 3);
  const output = tf.tensor2d(predictions.probabilities, [7, 3]);
  const theirs = tf.metrics.categoricalCrossentropy(truth, output).mean().dataSync()[0];
  assert.ok(Math.abs(loss - theirs) < 1e-6, `${loss} ${theirs}`);
  assert.equal(accuracy, 3 / 7);
  assert.equal(images, 7);
});

test('a certain error costs -log(1e-7), as in Keras', () => {
  const [worst] = evaluate(predictions).topLosses;
  assert.deepEqual(worst, {
    index: 2,
    loss: -Math.log(1e-7),
    trueClass: 'cat',
    predictedClass: 'dog',
    confidence: 1,
  });
});

test('rows that do not sum to 1 are divided by their sum first, as in Keras', () => {
  const doubled = { ...predictions, probabilities: predictions.probabilities.map((p) => 2 * p) };
  assert.ok(Math.abs(evaluate(doubled).loss - evaluate(predictions).loss) < 1e-12);
});

test('the confusion matrix counts [true][predicted]', () => {
  assert.deepEqual(evaluate(predictions).confusion, [
    [1, 2, 1],
    [1, 2, 0],
    [0, 0, 0],
  ]);
});

test('precision, recall and F1 per class, 0 where they would be 0/0', () => {
  const { perClass } = evaluate(predictions);
  assert.deepEqual(perClass[0], { className: 'cat', precision: 1 / 2, recall: 1 / 4, f1: 1 / 3, images: 4 });
  assert.deepEqual(perClass[1], { className: 'dog', precision: 1 / 2, recall: 2 / 3, f1: 4 / 7, images: 3 });
  assert.deepEqual(perClass[2], { className: 'owl', precision: 0, recall: 0, f1: 0, images: 0 });
  const noOwls = { ...predictions, labels: new Uint8Array(7), classNames: ['cat', 'owl', 'dog'] };
  assert.equal(evaluate({ ...noOwls, probabilities: probabilitiesOf(0) }).perClass[1].precision, 0);
});

test('the most confused pairs come first, with their share of the true class', () => {
  const { mostConfused } = evaluate(predictions);
  assert.deepEqual(mostConfused, [
    { trueClass: 'cat', predictedClass: 'dog', images: 2, share: 1 / 2 },
    { trueClass: 'cat', predictedClass: 'owl', images: 1, share: 1 / 4 },
    { trueClass: 'dog', predictedClass: 'cat', images: 1, share: 1 / 3 },
  ]);
  assert.equal(evaluate(predictions, { mostConfused: 1 }).mostConfused.length, 1);
});

test('the highest losses come first, and only as many as asked for', () => {
  const { topLosses } = evaluate(predictions, { topLosses: 3 });
  assert.deepEqual(
    topLosses.map(({ index }) => index),
    [2, 3, 1],
  );
  assert.equal(topLosses[1].confidence, Math.fround(0.6));
});

test('an evaluation survives JSON', () => {
  const evaluation = evaluate(predictions);
  assert.deepEqual(JSON.parse(JSON.stringify(evaluation)), evaluation);
});

test('what cannot be evaluated is refused in words', () => {
  const refused = (changes: Partial<Predictions>, name: string, message: string) =>
    assert.throws(() => evaluate({ ...predictions, ...changes }), { name, message });
  const none = { labels: new Uint8Array(), probabilities: new Float32Array() };
  refused(none, 'RangeError', 'cannot evaluate; at least one image is needed: pets test has 0');
  const short = predictions.probabilities.subarray(3);
  refused(
    { probabilities: short },
    'TypeError',
    'invalid probabilities; there must be 7 x 3 (images x classes): 18',
  );
  refused({ labels: new Uint8Array(7).fill(3) }, 'RangeError', 'invalid label; not in [0, 3): 3');
  refused(
    { probabilities: predictions.probabilities.map((p, i) => (i === 4 ? Number.NaN : p)) },
    'RangeError',
    "invalid probability; not a finite number: NaN for image 1; the model's weights are probably spoiled, train it anew",
  );
  const rule = "invalid probabilities; an image's must be at least 0, and not all 0";
  for (const [least, row] of [
    [-2.5, [0.5, -2.5, 3]], // logits
    [0, [0, 0, 0]],
  ] as const) {
    const probabilities = predictions.probabilities.slice();
    probabilities.set(row, 3);
    refused(
      { probabilities },
      'RangeError',
      `${rule}: the least is ${least} for image 1; let the model end in a softmax`,
    );
  }
});

/** Seven images, each taken for the one class without a doubt. */
function probabilitiesOf(predicted: number): Float32Array {
  return Float32Array.from({ length: 21 }, (_, i) => (i % 3 === predicted ? 1 : 0));
}
