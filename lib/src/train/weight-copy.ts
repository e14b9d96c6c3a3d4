/** A model's weights in JavaScript's memory: nothing to dispose, and safe from what training does next. */
import { createHash } from 'node:crypto';
import type { LayersModel, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import type { DType } from '../tensorflow/dtypes';
import { tf } from '../tensorflow/load';

export interface TensorCopy {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array | Uint8Array;
}

/** By place and name, e.g. `0/stem_conv/kernel`. */
export type WeightCopies = ReadonlyMap<string, TensorCopy>;

/** The variables of a model, in the order of `model.getWeights()`. */
export function weightsOf(model: LayersModel): Variable[] {
  return model.weights.map((weight) => weight.read() as Variable);
}

/** @param values whose they are instead of the model's own, in the same order */
export function copyWeights(model: LayersModel, values: readonly Tensor[] = weightsOf(model)): WeightCopies {
  return new Map(values.map((value, i) => [`${i}/${model.weights[i].originalName}`, copyOf(value)]));
}

/** Gives the model the weights that {@link copyWeights} copied from it, or from one with the same layers. */
export function pasteWeights(model: LayersModel, copies: WeightCopies): void {
  const weights = weightsOf(model);
  for (const [i, [, copy]] of inPlaces(copies).entries()) paste(weights[i], copy);
}

/** In the order of the numbers that their names begin with: a file does not keep that of the map. */
export function inPlaces<T>(named: Iterable<readonly [name: string, value: T]>): (readonly [string, T])[] {
  const placeOf = (name: string) => Number.parseInt(name, 10);
  return [...named].sort(([a], [b]) => placeOf(a) - placeOf(b));
}

/** 16 hexadecimal digits that stand for all the numbers. */
export function digestOf(copies: WeightCopies): string {
  const hash = createHash('sha256');
  for (const { values } of copies.values()) hash.update(values);
  return hash.digest('hex').slice(0, 16);
}

export function copyOf(tensor: Tensor): TensorCopy {
  const values = tensor.dataSync().slice() as TensorCopy['values'];
  return { dtype: tensor.dtype as DType, shape: tensor.shape, values };
}

/** The caller disposes it. */
export function tensorOf({ dtype, shape, values }: TensorCopy): Tensor {
  return tf.tensor(values, [...shape], dtype as 'float32');
}

export function paste(variable: Variable, copy: TensorCopy): void {
  tf.tidy(() => variable.assign(tensorOf(copy) as never));
}

/**
 * @param what they are, for the message, e.g. `weights of the model`
 * @throws Error when the copies are not of tensors with the shapes of `wanted`, in their order
 */
export function checkShapes(
  what: string,
  wanted: readonly { readonly shape: readonly number[] }[],
  copies: readonly (readonly [name: string, copy: TensorCopy])[],
): void {
  if (wanted.length !== copies.length) {
    throw new Error(`the ${what} differ in number: ${copies.length} were saved, ${wanted.length} are needed`);
  }
  copies.forEach(([name, copy], i) => {
    const [found, needed] = [`[${copy.shape}]`, `[${wanted[i].shape}]`];
    if (found !== needed) throw new Error(`the ${what} differ: ${name} has shape ${found}, not ${needed}`);
  });
}
