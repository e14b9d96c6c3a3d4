import type { LayersModel, layers, SymbolicTensor, Variable } from '@tensorflow/tfjs-node-gpu';

/** A layer that multiplies by a kernel: a convolution or a dense layer. */
export interface WeightedLayer {
  readonly layer: layers.Layer;
  /** Layers with a kernel on the longest way from the images, itself included: 1 for the stem, 20 for the end of a ResNet-20. */
  readonly depth: number;
  /** `[height, width, in, out]`, or `[in, out]`; the model's own. */
  readonly kernel: Variable;
}

/** The layers with a kernel, in the order of the model. */
export function weightedLayers(model: LayersModel): WeightedLayer[] {
  const depthOf = depths();
  return model.layers.flatMap((layer) => {
    const kernel = kernelOf(layer);
    return kernel ? [{ layer, depth: depthOf(layer.output as SymbolicTensor), kernel }] : [];
  });
}

/** How many layers with a kernel lie on the longest way from the images to a place in a net, those that were asked for before at hand. */
export function depths(): (place: SymbolicTensor) => number {
  const known = new Map<number, number>();
  const depthOf = (place: SymbolicTensor): number => {
    const before = known.get(place.id);
    if (before !== undefined) return before;
    const own = kernelOf(place.sourceLayer) ? 1 : 0;
    const depth = own + Math.max(0, ...place.inputs.map(depthOf));
    known.set(place.id, depth);
    return depth;
  };
  return depthOf;
}

/** Biases and what batch norms have are vectors. */
function kernelOf(layer: layers.Layer): Variable | undefined {
  return layer.weights.find(({ shape }) => shape.length >= 2)?.read() as Variable | undefined;
}
