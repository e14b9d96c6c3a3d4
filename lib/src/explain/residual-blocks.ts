import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { depths } from './weighted-layers';

/** One addition of a net: F(x) + x. */
export interface BlockPlaces {
  /** `stage1_block1`: what the names of its layers begin with. */
  readonly name: string;
  /** F(x): the summand with the longer way from the images; like the other two `[batch, height, width, channels]`. */
  readonly branch: SymbolicTensor;
  /** x, or what a projection makes of it. */
  readonly shortcut: SymbolicTensor;
  readonly sum: SymbolicTensor;
}

/** The residual blocks of a net, those whose additions are called `..._add`, as all nets of this library have them, in order. */
export function residualBlocks(model: LayersModel): BlockPlaces[] {
  const depthOf = depths();
  return model.layers.flatMap((layer) => {
    if (layer.getClassName() !== 'Add' || !layer.name.endsWith('_add')) return [];
    const sum = layer.output as SymbolicTensor;
    if (sum.inputs.length !== 2) return [];
    const [first, second] = sum.inputs;
    const [branch, shortcut] = depthOf(first) > depthOf(second) ? [first, second] : [second, first];
    return [{ name: layer.name.slice(0, -'_add'.length), branch, shortcut, sum }];
  });
}
