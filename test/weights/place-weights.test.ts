import assert from 'node:assert/strict';
import test from 'node:test';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../lib/src/tensorflow/load';
import {
  type ForeignTensor,
  foreignWeights,
  type Place,
  placeWeights,
} from '../../lib/src/weights/place-weights';
import { withoutLeaks } from '../no-leaks';

/** One layer, whose kernel `[in 2, out 3]` lies in the file as `[out, in]`, and whose bias lies there as it is. */
function dense(): { model: LayersModel; places: Place[] } {
  const images = tf.input({ shape: [2] });
  const layer = tf.layers.dense({ units: 3, name: 'head' });
  const model = tf.model({ inputs: images, outputs: layer.apply(images) as typeof images, name: 'small' });
  const [kernel, bias] = layer.weights;
  return {
    model,
    places: [
      { name: 'fc.weight', weight: kernel, axes: [1, 0] },
      { name: 'fc.bias', weight: bias },
    ],
  };
}

const tensor = (shape: number[], values: number[]): ForeignTensor => ({
  shape,
  values: Float32Array.from(values),
});
const WHOLE = {
  'fc.weight': tensor([3, 2], [1, 2, 3, 4, 5, 6]),
  'fc.bias': tensor([3], [7, 8, 9]),
};

const valuesOf = (model: LayersModel) => model.getWeights().map((weight) => [...weight.dataSync()]);

test('tensors are placed by name, with their axes in the order that the model has', async () => {
  await withoutLeaks(() => {
    const { model, places } = dense();
    placeWeights(model, places, new Map(Object.entries(WHOLE)), 'a file');
    assert.deepEqual(valuesOf(model), [
      [1, 3, 5, 2, 4, 6],
      [7, 8, 9],
    ]);
    model.dispose();
  });
});

test('what a model gives to a file is what the file gives back', async () => {
  await withoutLeaks(() => {
    const [from, to] = [dense(), dense()];
    const written = foreignWeights(from.places);
    assert.deepEqual(
      [...written].map(([name, { shape }]) => [name, shape]),
      [
        ['fc.weight', [3, 2]],
        ['fc.bias', [3]],
      ],
    );
    placeWeights(to.model, to.places, written, 'a file');
    assert.deepEqual(valuesOf(to.model), valuesOf(from.model));
    from.model.dispose();
    to.model.dispose();
  });
});

test('what is missing, what is too much and what has another shape is listed, and nothing is placed', async () => {
  await withoutLeaks(() => {
    const { model, places } = dense();
    const before = valuesOf(model);
    const refused = (found: Record<string, ForeignTensor>, message: string) => {
      assert.throws(() => placeWeights(model, places, new Map(Object.entries(found)), 'a file'), {
        name: 'Error',
        message: `cannot load a file into small; nothing was loaded\n  ${message}`,
      });
      assert.deepEqual(valuesOf(model), before);
    };
    const { 'fc.weight': kernel, 'fc.bias': bias } = WHOLE;
    refused({ 'fc.weight': kernel }, 'missing (1): fc.bias [3] for head/bias');
    refused({ ...WHOLE, 'fc2.bias': bias }, 'not in the model (1): fc2.bias [3]');
    refused(
      { 'fc.weight': tensor([2, 3], [1, 2, 3, 4, 5, 6]), 'fc.bias': bias },
      'of another shape (1): fc.weight [2,3], not [3,2]',
    );
    const many = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`x${i}`, bias]));
    const all = Array.from({ length: 8 }, (_, i) => `x${i} [3]`).join('; ');
    refused({ ...WHOLE, ...many }, `not in the model (10): ${all}; and 2 more`);
    model.dispose();
  });
});
