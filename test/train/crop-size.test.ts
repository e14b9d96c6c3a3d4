/** Crops smaller than the images: what the model sees in training, and that it must take images of that size. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { sgd } from '../../lib/src/optimizers/sgd';
import { tf } from '../../lib/src/tensorflow/load';
import { train } from '../../lib/src/train/train';
import type { TrainOptions } from '../../lib/src/train/training';
import { withoutLeaks } from '../no-leaks';
import { tinySplit, weightsOf } from './tiny-problem';

const split = tinySplit(40);

/** One convolution and a global average. */
function net(inputShape: [number | null, number | null, number]) {
  const kernelInitializer = tf.initializers.glorotUniform({ seed: 1 });
  const images = tf.input({ shape: inputShape });
  const layers = [
    tf.layers.conv2d({ filters: 4, kernelSize: 2, activation: 'relu', kernelInitializer }),
    tf.layers.globalAveragePooling2d({}),
    tf.layers.dense({ units: 3, activation: 'softmax', kernelInitializer }),
  ];
  const output = layers.reduce((x, layer) => layer.apply(x) as SymbolicTensor, images);
  const model = tf.model({ inputs: images, outputs: output });
  const optimizer = sgd({ learningRate: 0.05, momentum: 0.9 });
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

/** What a training of a new net told, and its weights at the end. */
async function trained(options: TrainOptions) {
  return withoutLeaks(async () => {
    const model = net([null, null, 3]);
    const told: number[] = [];
    for await (const { kind, loss, ...record } of train(model, split, {
      batchSize: 8,
      epochs: 2,
      ...options,
    })) {
      told.push(loss, kind === 'epoch' && 'valLoss' in record ? Number(record.valLoss) : 0);
    }
    const weights = weightsOf(model);
    const { optimizer } = model;
    model.dispose();
    optimizer.dispose();
    return [told, weights];
  });
}

test('a model of any image size trains on crops and is validated on whole images, compiled as eagerly', async () => {
  const options = {
    augmentation: { crop: { size: 3 }, flip: 'random' },
    validation: tinySplit(30, 2),
  } as const;
  const [compiled, eager, whole] = [
    await trained({ ...options, compile: {} }),
    await trained({ ...options, compile: false }),
    await trained({ ...options, compile: {}, augmentation: { flip: 'random' } }),
  ];
  for (const [part, values] of compiled.entries()) {
    for (const [i, value] of values.entries()) {
      const off = Math.abs(value - eager[part][i]);
      assert.ok(off <= 1e-5 * Math.max(1, Math.abs(value)), `${part}, ${i}: ${value}, not ${eager[part][i]}`);
    }
  }
  assert.notDeepEqual(compiled, whole);
});

test('a crop that the images or the model cannot have is refused at the call', async () => {
  await withoutLeaks(() => {
    const refused = (inputShape: Parameters<typeof net>[0], crop: object, error: Error) => {
      const model = net(inputShape);
      assert.throws(() => train(model, split, { augmentation: { crop } }), error);
      const { optimizer } = model;
      model.dispose();
      optimizer.dispose();
    };
    refused(
      [4, 4, 3],
      { size: 3 },
      new TypeError(
        'invalid crop.size; this model takes images of 4x4 alone: 3; build it with inputShape [null, null, 3]',
      ),
    );
    refused(
      [null, null, 3],
      { size: 7, pad: 1 },
      new RangeError('invalid crop.size; it must fit into 4x4 pixels and 1 on every side: 7'),
    );
  });
});
