import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../lib/src/tensorflow/load';

const STAGES = [
  { blocks: 3, filters: 2 }, // He et al. 2015, table 1, with 1/32 of its filters: the drawing is the same
  { blocks: 4, filters: 4 },
  { blocks: 6, filters: 8 },
  { blocks: 3, filters: 16 },
];

/** The graph of ResNet-50: 53 convolutions, 4 of them on shortcuts. The caller disposes it. */
export function bottleneckNet(): LayersModel {
  const images = tf.input({ shape: [224, 224, 3], name: 'images' });
  let x = convNorm(images, 2, 7, 2, 'stem');
  x = tf.layers.reLU({ name: 'stem_relu' }).apply(x) as SymbolicTensor;
  x = tf.layers
    .maxPooling2d({ poolSize: 3, strides: 2, padding: 'same', name: 'stem_pool' })
    .apply(x) as SymbolicTensor;
  for (const [s, { blocks, filters }] of STAGES.entries()) {
    for (let b = 0; b < blocks; b++) {
      const name = `stage${s + 1}_block${b + 1}`;
      const strides = s > 0 && b === 0 ? 2 : 1;
      let y = convNorm(x, filters, 1, strides, `${name}_1`);
      y = tf.layers.reLU({ name: `${name}_1_relu` }).apply(y) as SymbolicTensor;
      y = convNorm(y, filters, 3, 1, `${name}_2`);
      y = tf.layers.reLU({ name: `${name}_2_relu` }).apply(y) as SymbolicTensor;
      y = convNorm(y, 4 * filters, 1, 1, `${name}_3`);
      const shortcut = b === 0 ? convNorm(x, 4 * filters, 1, strides, `${name}_shortcut`) : x;
      x = tf.layers.add({ name: `${name}_add` }).apply([y, shortcut]) as SymbolicTensor;
      x = tf.layers.reLU({ name: `${name}_relu` }).apply(x) as SymbolicTensor;
    }
  }
  x = tf.layers.globalAveragePooling2d({ name: 'head_pool' }).apply(x) as SymbolicTensor;
  const logits = tf.layers
    .dense({ units: 10, activation: 'softmax', name: 'head_dense' })
    .apply(x) as SymbolicTensor;
  return tf.model({ inputs: images, outputs: logits, name: 'resnet50' });
}

function convNorm(
  x: SymbolicTensor,
  filters: number,
  kernelSize: number,
  strides: number,
  name: string,
): SymbolicTensor {
  const conv = tf.layers.conv2d({
    filters,
    kernelSize,
    strides,
    padding: 'same',
    useBias: false,
    name: `${name}_conv`,
  });
  return tf.layers.batchNormalization({ name: `${name}_bn` }).apply(conv.apply(x)) as SymbolicTensor;
}
