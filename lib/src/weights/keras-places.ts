import type { LayersModel, layers } from '@tensorflow/tfjs-node-gpu';
import { groupNames, snakeCase } from './keras-config';
import type { KerasTensor } from './keras-file';
import type { ForeignTensor, Place } from './place-weights';

/** A layer with weights, and the group that holds them in Keras's files. */
export interface KerasLayer {
  readonly layer: layers.Layer;
  /** Such as `conv2d_3`. */
  readonly group: string;
}

/**
 * The layers of a model that have weights, in the order of the same model in Keras. A layer's place there is that of its kind in the
 * order of `model.layers`, which Keras and TensorFlow.js determine alike: by the longest way to the output, and then by which comes
 * first where they meet. keras.applications adds the branch to the shortcut, `buildResNet` the shortcut to the branch; so a shortcut's
 * convolution and norm go before those that end its branch, and all else keeps its place.
 */
export function kerasLayers(model: LayersModel): KerasLayer[] {
  const layers = model.layers.filter(({ weights }) => weights.length > 0);
  const places = new Map(layers.map(({ name }, i) => [name, i]));
  const place = ({ name }: layers.Layer): number => {
    const [, block, kind] = /^(stage\d+_block\d+)_shortcut_(conv|bn)$/.exec(name) ?? [];
    const last = places.get(`${block}_3_${kind}`) ?? places.get(`${block}_2_${kind}`);
    return last === undefined ? places.get(name)! : last - 0.5;
  };
  const ordered = [...layers].sort((a, b) => place(a) - place(b));
  const groups = groupNames(ordered.map((layer) => snakeCase(layer.getClassName())));
  return ordered.map((layer, i) => ({ layer, group: groups[i] }));
}

/**
 * Where the tensors of a Keras file belong, and the tensors by the same names. A file's layers are known by our names, which
 * `writeKerasWeights` has written, or by those of keras.applications; where it has neither, since Keras has made up names, by their
 * groups. Keras's kernels have the same order of axes.
 *
 * @throws Error when two layers of the file have one name
 */
export function kerasPlaces(
  model: LayersModel,
  tensors: readonly KerasTensor[],
): { places: Place[]; found: Map<string, ForeignTensor> } {
  const layers = kerasLayers(model);
  const names = new Set(tensors.map(({ layer }) => layer));
  const namings = [(name: string) => name, applicationName];
  const naming = namings.find((rename) => layers.some(({ layer }) => names.has(rename(layer.name))));
  const weightsOf = new Map(
    layers.map(({ layer, group }) => [naming ? naming(layer.name) : group, layer.weights]),
  );
  const places = [...weightsOf].flatMap(([owner, weights]) =>
    weights.map((weight) => ({ name: `${owner}/${variableOf(weight.originalName)}`, weight })),
  );
  const ownerOf = ({ layer, group }: KerasTensor) => (naming ? (layer ?? group) : (group ?? layer));
  const counts = countsOf(tensors.map(ownerOf));
  const found = new Map<string, ForeignTensor>();
  for (const each of tensors) {
    const owner = ownerOf(each);
    const weights = weightsOf.get(owner ?? '') ?? [];
    // A norm without gamma has three variables in its file, which does not say which; the layer here does.
    const own = weights.length === counts.get(owner) ? weights[each.number ?? -1] : undefined;
    const variable = own ? variableOf(own.originalName) : each.variable;
    const name = owner === undefined ? variable : `${owner}/${variable}`;
    if (found.has(name)) throw new Error(`cannot tell weights apart; the file has ${name} twice`);
    found.set(name, each.tensor);
  }
  return { places, found };
}

function countsOf<T>(items: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

/** `stage1_block1_1_conv` is `conv2_block1_1_conv` in keras.applications, whose first stage is the stem. */
function applicationName(name: string): string {
  const known: Record<string, string> = { head_bn: 'post_bn', head_dense: 'predictions' };
  return (
    known[name] ??
    name
      .replace(/^stem_/, 'conv1_')
      .replace(/^stage(\d+)/, (_, stage) => `conv${Number(stage) + 1}`)
      .replace('_shortcut_', '_0_')
      .replace('_pre_', '_preact_')
  );
}

/** `head_dense/kernel` -> `kernel` */
function variableOf(weight: string): string {
  return weight.slice(weight.lastIndexOf('/') + 1);
}
