/** A learning problem of a second: 4 x 4 images, bright above or bright below or all grey, with noise. */
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { seededRandom } from '../../lib/src/data/random';
import type { DataSet, Split } from '../../lib/src/data/split';
import { tf } from '../../lib/src/tensorflow/load';

const CLASS_NAMES = ['above', 'below', 'even'];

export function tinySplit(n: number, seed = 1, name = 'tiny train'): Split {
  const random = seededRandom(seed);
  const labels = Uint8Array.from({ length: n }, (_, i) => i % 3);
  const images = Uint8Array.from({ length: n * 48 }, (_, at) => {
    const label = labels[Math.floor(at / 48)];
    const above = at % 48 < 24;
    const brightness = label === 2 ? 128 : above === (label === 0) ? 160 : 96;
    return brightness + Math.floor(random() * 64) - 32;
  });
  return { name, images, labels, classNames: CLASS_NAMES, imageShape: [4, 4, 3] };
}

export function tinyData(): DataSet {
  return {
    name: 'generated images (not CIFAR-10)',
    source: 'generated',
    train: tinySplit(60),
    test: tinySplit(30, 2, 'tiny test'),
  };
}

/** Convolution, batch norm, global average pool and softmax, so that training has all that the article's net has. */
export function tinyModel({ compiled = true, learningRate = 0.05 } = {}): LayersModel {
  const seeded = (seed: number) => tf.initializers.glorotUniform({ seed });
  const images = tf.input({ shape: [4, 4, 3] });
  const conv = tf.layers.conv2d({ filters: 4, kernelSize: 3, kernelInitializer: seeded(1), name: 'conv' });
  const norm = tf.layers.batchNormalization({ momentum: 0.5, name: 'norm' });
  const flat = tf.layers.flatten({ name: 'features' });
  const head = tf.layers.dense({
    units: 3,
    activation: 'softmax',
    kernelInitializer: seeded(2),
    name: 'head',
  });
  const output = [conv, norm, flat, head].reduce((x, layer) => layer.apply(x) as typeof images, images);
  const model = tf.model({ inputs: images, outputs: output });
  if (compiled) {
    const optimizer = tf.train.adam(learningRate);
    model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  }
  return model;
}

/** Every weight of the model, in order. */
export function weightsOf(model: LayersModel): number[] {
  return model.getWeights().flatMap((weight) => [...weight.dataSync()]);
}
