import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { activations, featuresOf } from '../../lib/src/evaluate/activations';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { tinyModel } from '../train/tiny-problem';

const images = tf.randomUniform([5, 4, 4, 3], 0, 1, 'float32', 1) as Tensor4D;

test('activations come in the order of the names, each with the shape of its layer', () => {
  const [head, conv] = activations(tinyModel(), ['head', 'conv'], images);
  assert.deepEqual(head.shape, [5, 3]);
  assert.deepEqual(conv.shape, [5, 2, 2, 4]);
});

test("the features are what the model's head takes in", () => {
  const model = tinyModel();
  const features = featuresOf(model, 'features', images);
  const byHand = model.getLayer('head').apply(features) as Tensor;
  const output = model.predict(images) as Tensor;
  assert.deepEqual(byHand.dataSync(), output.dataSync());
});

test('models with layers of the same names are not mixed up', () => {
  const model = tinyModel();
  const other = tinyModel();
  other.setWeights(other.getWeights().map((weight) => tf.zerosLike(weight)));
  assert.ok(featuresOf(model, 'conv', images).abs().sum().dataSync()[0] > 0);
  assert.equal(featuresOf(other, 'conv', images).abs().sum().dataSync()[0], 0);
});

test('only the results are left behind, and the model lives on when they are disposed', async () => {
  const model = tinyModel();
  const results = await withoutLeaks(() => activations(model, ['conv', 'norm'], images), 2);
  const input = featuresOf(model, model.layers[0].name, images);
  tf.dispose([...results, input]);
  assert.equal(images.isDisposed, false);
  assert.deepEqual((model.predict(images) as Tensor).shape, [5, 3]);
});

test('a layer that the model lacks is refused with the names it has', () => {
  const model = tinyModel();
  assert.throws(() => activations(model, ['stem'], images), {
    name: 'RangeError',
    message: `unknown layer; not in the model: stem; it has ${model.layers[0].name}, conv, norm, features, head`,
  });
  assert.throws(() => activations(model, [], images), { message: 'no layer named; at least one is needed' });
});
