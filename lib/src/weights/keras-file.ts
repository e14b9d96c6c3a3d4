/** The three files in which Keras keeps weights, told apart by what they hold, not by their names. */
import fs from 'node:fs/promises';
import { type H5File, type H5Tensor, isH5, readH5 } from './h5-file';
import { isZip, openKerasArchive } from './keras-archive';
import { groupNames } from './keras-config';

/** A tensor of a Keras file. */
export interface KerasTensor {
  /** Its layer's name, where the file has it. */
  readonly layer?: string;
  /** The group that holds its layer's weights in Keras 3, such as `conv2d_3`: the fourth convolution. */
  readonly group?: string;
  /** What the layer calls it: `kernel`, `moving_mean`; its number where the layer is of another kind; its path where it is no layer's. */
  readonly variable: string;
  /** In Keras 3 its number among the layer's variables, from which `variable` is concluded as if the layer had all of its kind. */
  readonly number?: number;
  readonly tensor: H5Tensor;
}

/** A layer's variables in Keras's order, by what begins its group. */
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  conv2d: ['kernel', 'bias'],
  dense: ['kernel', 'bias'],
  batch_normalization: ['gamma', 'beta', 'moving_mean', 'moving_variance'],
};
const NO_WEIGHTS = /^optimizer(_weights)?\/|\/seed_generator\//; // moments, and where a dropout's randomness was

/**
 * Lists the tensors of a `.keras`, a `.weights.h5`, or an `.h5` of Keras 2, for as long as `use` runs.
 *
 * @param limit bytes that the file, and what is packed in it, may have
 * @throws Error when there is no such file, or it is larger, truncated, damaged or another program's
 */
export async function readKerasFile<T>(
  file: string,
  limit: number,
  use: (tensors: KerasTensor[]) => T,
): Promise<T> {
  const { size } = await fs.stat(file);
  if (size > limit)
    throw new Error(`cannot read ${file}; it may have ${limit} bytes for this model: ${size}`);
  const bytes = await fs.readFile(file);
  if (!isZip(bytes) && !isH5(bytes)) {
    throw new Error(`cannot read ${file}; it is none of Keras's: neither HDF5 nor a zip`);
  }
  const { weights, names } = isZip(bytes)
    ? openKerasArchive(bytes, limit, file)
    : { weights: bytes, names: undefined };
  return readH5(weights, file, (h5) => {
    const tensors = h5.tensors().filter(({ path }) => !NO_WEIGHTS.test(path));
    if (tensors.some(({ path }) => path.startsWith('layers/'))) return use(ofKeras3(h5, tensors, names));
    for (const root of ['/', 'model_weights']) {
      const order = h5.texts(root, 'layer_names');
      if (order) return use(ofKeras2(tensors, root, order));
    }
    throw new Error(`cannot read ${file}; it holds no weights of Keras: neither layers nor layer_names`);
  });
}

/**
 * `layers/conv2d_3/vars/0`, and the layer's name as attribute `name` of `layers/conv2d_3/vars`, which early versions of Keras 3 leave
 * out.
 */
function ofKeras3(
  h5: H5File,
  tensors: readonly H5Tensor[],
  names: ReadonlyMap<string, string> | undefined,
): KerasTensor[] {
  return tensors.map((tensor) => {
    const [, group, number] = /^layers\/([^/]+)\/vars\/(\d+)$/.exec(tensor.path) ?? [];
    if (group === undefined) return { variable: tensor.path, tensor };
    const layer = names ? names.get(group) : h5.texts(`layers/${group}/vars`, 'name')?.[0];
    const variable = VARIABLES[group.replace(/_\d+$/, '')]?.[Number(number)] ?? number;
    return { layer, group, variable, number: Number(number), tensor };
  });
}

/**
 * `conv2d_3/conv2d_3/kernel:0`, under `model_weights` if the file holds a whole model. Keras 3 writes this format, too, without `:0`.
 * The order of the layers is an attribute.
 */
function ofKeras2(tensors: readonly H5Tensor[], root: string, order: readonly string[]): KerasTensor[] {
  const inside = root === '/' ? '' : `${root}/`;
  const named = tensors.map((tensor): KerasTensor => {
    const [layer, ...rest] = tensor.path.slice(inside.length).split('/');
    const variable = rest.at(-1)?.replace(/:\d+$/, '');
    const isInside = tensor.path.startsWith(inside) && variable !== undefined;
    return isInside ? { layer, variable, tensor } : { variable: tensor.path, tensor };
  });
  const kinds = new Map(named.flatMap((of) => (kindOf(of) ? [[of.layer, kindOf(of)!]] : [])));
  const layers = order.filter((name) => kinds.has(name));
  const groups = new Map(
    groupNames(layers.map((name) => kinds.get(name)!)).map((group, i) => [layers[i], group]),
  );
  return named.map((of) => ({ ...of, group: groups.get(of.layer ?? '') }));
}

function kindOf({ variable, tensor }: KerasTensor): string | undefined {
  if (VARIABLES.batch_normalization.includes(variable)) return 'batch_normalization';
  return { 1: undefined, 2: 'dense', 4: 'conv2d' }[tensor.shape.length];
}
