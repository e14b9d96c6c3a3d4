import type { LayersModel, layers } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';

/** A tensor of another library's file. */
export interface ForeignTensor {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: Float32Array;
}

export type LayerWeight = layers.Layer['weights'][number];

/** Where one tensor of another library belongs in a model here, and in which order its axes lie there. */
export interface Place {
  /** Its name in the file. */
  readonly name: string;
  readonly weight: LayerWeight;
  /**
   * The file's axes, by the number of our axis: PyTorch's kernel `[out, in, height, width]` of our `[height, width, in, out]` is
   * `[3, 2, 0, 1]`. Default: the same.
   */
  readonly axes?: readonly number[];
}

const SHOWN = 8; // of each kind, in an error

/**
 * Gives a model the weights of a file: all of them, or none.
 *
 * @param found the file's tensors by name; what is left over is an error, too
 * @throws Error which lists what the file lacks, what it has beside, and which shapes differ, with both sides; the model is as before
 */
export function placeWeights(
  model: LayersModel,
  places: readonly Place[],
  found: ReadonlyMap<string, ForeignTensor>,
  what: string,
): void {
  const names = new Set(places.map(({ name }) => name));
  const missing = places.filter(({ name }) => !found.has(name));
  const extra = [...found].filter(([name]) => !names.has(name));
  const misshapen = places.filter((place) => {
    const tensor = found.get(place.name);
    return tensor && String(tensor.shape) !== String(foreignShape(place));
  });
  const problems = [
    listed(
      'missing',
      missing,
      (place) => `${place.name} [${foreignShape(place)}] for ${place.weight.originalName}`,
    ),
    listed('not in the model', extra, ([name, { shape }]) => `${name} [${shape}]`),
    listed(
      'of another shape',
      misshapen,
      (place) => `${place.name} [${found.get(place.name)!.shape}], not [${foreignShape(place)}]`,
    ),
  ].flat();
  if (problems.length > 0) {
    throw new Error(`cannot load ${what} into ${model.name}; nothing was loaded\n  ${problems.join('\n  ')}`);
  }
  tf.tidy(() => {
    const values = places.map((place) => {
      const { values, shape } = found.get(place.name)!;
      const tensor = tf.tensor(values, [...shape]);
      return place.axes ? tensor.transpose(inverse(place.axes)) : tensor;
    });
    for (const [i, { weight }] of places.entries()) weight.write(values[i]);
  });
}

/** The weights of a model as another library has them. */
export function foreignWeights(places: readonly Place[]): Map<string, ForeignTensor> {
  return new Map(
    places.map(({ name, weight, axes }) => {
      const tensor = tf.tidy(() => (axes ? weight.read().transpose([...axes]) : weight.read().clone()));
      const { shape } = tensor;
      const values = Float32Array.from(tensor.dataSync()); // outside: `tidy` would look for tensors among the numbers
      tensor.dispose();
      return [name, { shape, values }];
    }),
  );
}

function foreignShape({ weight, axes }: Place): number[] {
  const shape = weight.shape as number[];
  return axes ? axes.map((axis) => shape[axis]) : shape;
}

function inverse(axes: readonly number[]): number[] {
  return axes.map((_, axis) => axes.indexOf(axis));
}

function listed<T>(kind: string, items: readonly T[], words: (item: T) => string): string[] {
  if (items.length === 0) return [];
  const more = items.length > SHOWN ? `; and ${items.length - SHOWN} more` : '';
  return [`${kind} (${items.length}): ${items.slice(0, SHOWN).map(words).join('; ')}${more}`];
}
