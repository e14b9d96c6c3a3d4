import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { softmaxCrossEntropy } from '../../lib/src/ops/softmax-cross-entropy';
import { tf } from '../../lib/src/tensorflow/load';
import { difference, noiseTensor } from '../compile/compared';
import { withoutLeaks } from '../no-leaks';

test('it is -sum(labels log softmax(logits)), in loss and gradient', async () => {
  await withoutLeaks(() =>
    tf.tidy(() => {
      const logits = noiseTensor([4, 3], 1).mul(5) as Tensor2D;
      const labels = tf.softmax(noiseTensor([4, 3], 2) as Tensor2D);
      const formula = (logits: Tensor) =>
        labels
          .mul(tf.logSoftmax(logits as Tensor2D))
          .sum(1)
          .neg();
      const loss = softmaxCrossEntropy(labels, logits);
      assert.deepEqual(loss.shape, [4]);
      assert.ok(difference(loss.dataSync(), formula(logits).dataSync()) < 1e-6);
      const weights = tf.tensor1d([1, -2, 3, 0.5]); // not all the same, as sample weights are
      const gradient = (loss: (logits: Tensor) => Tensor) =>
        tf
          .grad((x) => loss(x).mul(weights).sum())(logits)
          .dataSync();
      const actual = gradient((logits) => softmaxCrossEntropy(labels, logits as Tensor2D));
      assert.ok(difference(actual, gradient(formula)) < 1e-5);
    }),
  );
});

test('it stays exact where a softmax would have rounded to 0', async () => {
  await withoutLeaks(() =>
    tf.tidy(() => {
      const labels = tf.tensor2d([[1, 0]]);
      const logits = tf.tensor2d([[0, 500]]);
      assert.equal(softmaxCrossEntropy(labels, logits).dataSync()[0], 500);
      const slope = tf.grad((x) => softmaxCrossEntropy(labels, x as Tensor2D).sum())(logits);
      assert.deepEqual([...slope.dataSync()], [-1, 1]);
    }),
  );
});

test('labels may be integers, as tf.oneHot makes them', async () => {
  await withoutLeaks(async () => {
    const loss = (labels: Tensor2D, logits: Tensor2D) => softmaxCrossEntropy(labels, logits);
    const compiled = compile(loss);
    const [labels, logits] = [tf.oneHot([2, 0], 3) as Tensor2D, noiseTensor([2, 3], 1) as Tensor2D];
    assert.equal(labels.dtype, 'int32');
    const expected = tf.tidy(() => loss(labels.toFloat(), logits));
    const results = [tf.tidy(() => loss(labels, logits)), await compiled(labels, logits)];
    for (const result of results) assert.ok(difference(result.dataSync(), expected.dataSync()) < 1e-6);
    tf.dispose([labels, logits, expected, results]);
    compiled.dispose();
  });
});
