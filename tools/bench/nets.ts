/** The nets that are measured; tools/peers/keras_nets.py and torch_nets.py build the same with equal parameter counts. */
import type { LayersModel, Optimizer, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import type { ImageShape } from '../../lib/src/data/split';
import { adam, applied, batchNormalization, denseSoftmax } from '../../lib/src/model/keras-defaults';
import { ResNet } from '../../lib/src/model/resnet';
import { tf } from '../../lib/src/tensorflow/load';
import type { NetName } from './measurement';

export interface Net {
  readonly imageShape: ImageShape;
  readonly classes: number;
  /** A model that is not compiled. */
  build(): LayersModel;
  /** Ours; the article's is Adam at Keras's defaults, the others' SGD with Nesterov's momentum. */
  optimizer(): Optimizer;
}

const SEED = 1;
const CIFAR = { imageShape: [32, 32, 3], classes: 10 } as const;
const IMAGENET = { imageShape: [224, 224, 3], classes: 1000 } as const;
const nesterov = () => tf.train.momentum(0.01, 0.9, true); // at the paper's 0.1, random labels in batches of 8 diverge

export const NETS: Readonly<Record<NetName, Net>> = {
  article: { ...CIFAR, build: () => ResNet(10, { seed: SEED }), optimizer: () => adam() },
  resnet20: { ...CIFAR, build: () => resNetCifar(20), optimizer: nesterov },
  resnet110: { ...CIFAR, build: () => resNetCifar(110), optimizer: nesterov },
  resnet50: { ...IMAGENET, build: resNet50, optimizer: nesterov },
};

/**
 * He et al. 2015 (arXiv 1512.03385), section 4.2, with projections where the shape changes (option B).
 *
 * @param depth 6 n + 2, of which 20 has the paper's 269,722 parameters and 2,752 in projections
 */
function resNetCifar(depth: number): LayersModel {
  const images = tf.input({ shape: [...CIFAR.imageShape], name: 'images' });
  let x = relu(convNorm(images, 16, 3, 'stem'), 'stem'); // [batch, 32, 32, 16]
  for (const [stage, filters] of [16, 32, 64].entries()) {
    for (let block = 0; block < (depth - 2) / 6; block++) {
      const name = `stage${stage + 1}_block${block + 1}`;
      const strides = stage > 0 && block === 0 ? 2 : 1;
      let y = relu(convNorm(x, filters, 3, `${name}_1`, strides), `${name}_1`);
      y = convNorm(y, filters, 3, `${name}_2`);
      x = joined(x, y, name, strides);
    }
  }
  return headed(images, x, CIFAR.classes); // x: [batch, 8, 8, 64]
}

/** He et al. 2015, table 1, with the stride in the 3x3 convolution ("version 1.5"): 25,557,032 trained parameters. */
function resNet50(): LayersModel {
  const images = tf.input({ shape: [...IMAGENET.imageShape], name: 'images' });
  let x = relu(convNorm(images, 64, 7, 'stem', 2), 'stem'); // [batch, 112, 112, 64]
  x = applied(tf.layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same', name: 'stem_pool' }))(x);
  for (const [stage, blocks] of [3, 4, 6, 3].entries()) {
    const width = 64 * 2 ** stage;
    for (let block = 0; block < blocks; block++) {
      const name = `stage${stage + 1}_block${block + 1}`;
      const strides = stage > 0 && block === 0 ? 2 : 1;
      let y = relu(convNorm(x, width, 1, `${name}_1`), `${name}_1`);
      y = relu(convNorm(y, width, 3, `${name}_2`, strides), `${name}_2`);
      y = convNorm(y, 4 * width, 1, `${name}_3`);
      x = joined(x, y, name, strides);
    }
  }
  return headed(images, x, IMAGENET.classes); // x: [batch, 7, 7, 2048]
}

/** relu(y + x), x projected where its shape is another. */
function joined(x: SymbolicTensor, y: SymbolicTensor, name: string, strides: number): SymbolicTensor {
  const filters = y.shape[3]!;
  const same = strides === 1 && x.shape[3] === filters;
  const shortcut = same ? x : convNorm(x, filters, 1, `${name}_shortcut`, strides);
  return relu(tf.layers.add({ name: `${name}_add` }).apply([y, shortcut]) as SymbolicTensor, name);
}

/** A convolution without bias, then batch norm. */
function convNorm(
  x: SymbolicTensor,
  filters: number,
  kernelSize: number,
  name: string,
  strides = 1,
): SymbolicTensor {
  const kernelInitializer = tf.initializers.heUniform({ seed: SEED });
  const config = { filters, kernelSize, strides, kernelInitializer, name: `${name}_conv` };
  const y = applied(tf.layers.conv2d({ ...config, padding: 'same', useBias: false }))(x);
  return batchNormalization({ name: `${name}_bn` })(y);
}

function relu(x: SymbolicTensor, name: string): SymbolicTensor {
  return applied(tf.layers.reLU({ name: `${name}_relu` }))(x);
}

function headed(images: SymbolicTensor, x: SymbolicTensor, classes: number): LayersModel {
  const features = applied(tf.layers.globalAveragePooling2d({ name: 'head_pool' }))(x); // [batch, channels]
  const probabilities = denseSoftmax(classes, { name: 'head_dense', seed: SEED })(features);
  return tf.model({ inputs: images, outputs: probabilities });
}
