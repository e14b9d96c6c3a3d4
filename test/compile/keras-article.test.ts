/** The article's network, compiled, beside Keras 3 on TensorFlow: see test/model/keras-article.test.ts. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { adam } from '../../lib/src/model/keras-defaults';
import { tf } from '../../lib/src/tensorflow/load';
import {
  assertClose,
  assertGradient,
  keras,
  relative,
  variableOf,
  withArticle,
} from '../model/keras-fixture';
import { disposeOptimizer, stepOf } from './compared';

/** Compiled as in the article, with a step that returns losses and gradients. */
function trainingOf(model: LayersModel) {
  model.compile({ optimizer: adam(), loss: 'categoricalCrossentropy' });
  return compile(stepOf(model, 1)); // in the forms of train()
}

test('loss and probabilities at inference are those of Keras within 1e-5', async () => {
  await withArticle(async ({ model, images, targets }) => {
    const infer = compile((x: Tensor, y: Tensor) => {
      const probabilities = model.apply(x, { training: false }) as Tensor;
      return { probabilities, loss: tf.metrics.categoricalCrossentropy(y, probabilities).mean() };
    });
    const { probabilities, loss } = await infer(images, targets);
    assertClose(loss.dataSync()[0], keras.inference.loss, 1e-5, 'loss');
    const expected = tf.tidy(() => tf.softmax(tf.tensor2d(keras.inference.logits)));
    const off = tf.tidy(() => probabilities.sub(expected).abs().max().dataSync()[0]);
    assert.ok(off < 1e-6, `probabilities off by ${off}`);
    tf.dispose([probabilities, loss, expected]);
    infer.dispose();
  });
});

test('loss and the gradient of every variable in training are those of Keras within 1e-4', async () => {
  await withArticle(async ({ model, images, targets }) => {
    const train = trainingOf(model);
    const { values, gradients } = await train(images, targets);
    assertClose(values[0].dataSync()[0], keras.trainingLoss, relative(1e-4, keras.trainingLoss), 'loss');
    const names = model.trainableWeights.map(({ originalName }) => originalName);
    const records = keras.variables.filter(({ trainable }) => trainable);
    assert.equal(gradients.length, records.length);
    for (const record of records) {
      assertGradient(gradients[names.indexOf(`${record.layer}/${record.weight}`)].dataSync(), record);
    }
    tf.dispose([values, gradients]);
    train.dispose();
    disposeOptimizer(model.optimizer);
  });
});

test('one step moves the statistics of batch norm as in Keras within 1e-4', async () => {
  await withArticle(async ({ model, images, targets }) => {
    const train = trainingOf(model);
    tf.dispose(await train(images, targets));
    for (const [name, expected] of Object.entries(keras.statisticsAfterOneStep)) {
      const [layer, weight] = name.split('/');
      const own = variableOf(model, { layer, weight }).dataSync();
      expected.forEach((value, channel) => {
        assertClose(own[channel], value, relative(1e-4, value) + 1e-6, `${name}[${channel}]`);
      });
    }
    train.dispose();
    disposeOptimizer(model.optimizer);
  });
});

test('the losses of three Adam steps are those of Keras within a relative 1e-4', async () => {
  await withArticle(async ({ model, images, targets }) => {
    const train = trainingOf(model);
    for (const [step, loss] of keras.adamLosses.entries()) {
      const result = await train(images, targets);
      assertClose(result.values[0].dataSync()[0], loss, relative(1e-4, loss), `loss of step ${step + 1}`);
      tf.dispose(result);
    }
    train.dispose();
    disposeOptimizer(model.optimizer);
  });
});
