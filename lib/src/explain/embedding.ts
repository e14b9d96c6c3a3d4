import type { LayersModel, SymbolicTensor, Tensor } from '@tensorflow/tfjs-node-gpu';
import { type PrincipalComponents, principalComponents } from '../data/principal-components';
import type { Split } from '../data/split';
import { tf } from '../tensorflow/load';
import { pixels } from '../train/training-step';
import { SplitFunction, type SplitOptions } from './split-function';

/** Where a net's last layer finds the images of a split. */
export interface Embedding {
  /** What the last layer takes in, `[n, size]` in row-major order. */
  readonly features: Float32Array;
  /** Of one image's features. */
  readonly size: number;
  /** `[n]` */
  readonly labels: Uint8Array;
  readonly classNames: readonly string[];
  readonly splitName: string;
}

/** An image and how alike it is to another. */
export interface Neighbour {
  /** In the split. */
  readonly index: number;
  /** Cosine of the angle between the features, -1..1. */
  readonly similarity: number;
}

/**
 * The features of every image: what the model's last dense layer takes in, in inference mode.
 *
 * @throws TypeError when the model does not end in a dense layer, perhaps with a softmax after it, or does not fit the split;
 *   RangeError when the split is empty
 */
export async function embedding(
  model: LayersModel,
  split: Split,
  { compile, ...options }: SplitOptions = {},
): Promise<Embedding> {
  const output = featuresBefore(model);
  const size = output.shape[1]!;
  // Shares the layers and holds no tensor of its own; disposing it would dispose the model's weights.
  const upToFeatures = tf.model({ inputs: model.inputs, outputs: output });
  const fn = (bytes: Tensor) => [upToFeatures.apply(pixels(bytes), { training: false }) as Tensor];
  const run = new SplitFunction(model, `the features of ${model.name}`, fn, compile);
  const features = new Float32Array(split.labels.length * size);
  let done = 0;
  try {
    for await (const { indices, results } of run.run(split, options)) {
      features.set(results[0] as Float32Array, done * size);
      done += indices.length;
    }
  } finally {
    run.dispose();
  }
  return { features, size, labels: split.labels, classNames: split.classNames, splitName: split.name };
}

/**
 * The `k` directions in which the images differ most, and where each image lies along them: 2 for a plane, 3 for a cloud.
 *
 * @throws RangeError when there are fewer than two images, or `k` is not of 1 to `size`
 */
export function projected({ features, size, labels }: Embedding, k = 2): PrincipalComponents {
  return principalComponents(features, labels.length, size, k);
}

/**
 * The images most alike to one, the most alike first, itself left out; of equal ones those that come first. Features of only zeros
 * are like no others: 0.
 *
 * @param index of an image in the split
 * @param k how many, default 8; all others where there are fewer
 * @throws RangeError when `index` is none of an image, or `k` no positive integer
 */
export function nearest({ features, size, labels }: Embedding, index: number, k = 8): Neighbour[] {
  const n = labels.length;
  if (!Number.isInteger(index) || index < 0 || index >= n) {
    throw new RangeError(`invalid index; not in [0, ${n}): ${index}`);
  }
  if (!Number.isInteger(k) || k <= 0) throw new RangeError(`invalid k; not a positive integer: ${k}`);
  const rowOf = (i: number) => features.subarray(i * size, (i + 1) * size);
  const row = rowOf(index);
  const length = Math.sqrt(dot(row, row));
  return Array.from(labels, (_, i) => {
    const other = rowOf(i);
    const lengths = length * Math.sqrt(dot(other, other));
    return { index: i, similarity: lengths === 0 ? 0 : dot(row, other) / lengths };
  })
    .filter((neighbour) => neighbour.index !== index)
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, k);
}

function featuresBefore(model: LayersModel): SymbolicTensor {
  let output = model.outputs[0];
  while (['Softmax', 'Activation'].includes(output.sourceLayer.getClassName())) output = output.inputs[0];
  const layer = output.sourceLayer;
  if (layer.getClassName() === 'Dense' && output.inputs[0].shape.length === 2) return output.inputs[0];
  throw new TypeError(
    `cannot find features; the model must end in a dense layer: its last layer is ${layer.name}, of class ${layer.getClassName()}`,
  );
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
