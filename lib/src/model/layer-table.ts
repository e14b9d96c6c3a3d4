import type { LayersModel, layers } from '@tensorflow/tfjs-node-gpu';

/** One layer of a model: what it is, what comes out of it, what it costs. */
export interface LayerRow {
  name: string;
  /** As TensorFlow.js registers it, e.g. `Conv2D`. */
  className: string;
  /** Of its first output, batch included: [null, height, width, channels]; null where a size is open. */
  outputShape: (number | null)[];
  /** Numbers the layer holds. */
  parameters: number;
  /** Those of them that training changes. */
  trainable: number;
  /**
   * Multiplications, each with its addition, for one image: of convolutions and dense layers, as He et al. 2015 count in
   * table 1. Biases, normalisation, pooling, activations and recurrent layers count 0; NaN where a size is open.
   */
  multiplyAdds: number;
  /** Names of the layers whose outputs come in, in the order of the arguments; a shared layer's calls one after another. */
  inputs: string[];
}

/** One row per layer, in the model's order. A model used as a layer is one row, with the sums of what is inside. */
export function layerTable(model: LayersModel): LayerRow[] {
  const names = new Set(model.layers.map((layer) => layer.name));
  const own = new Set(Object.values(model.nodesByDepth).flat());
  return model.layers.map((layer) => {
    const calls = callsWithin(own, layer);
    const inputs = calls.flatMap((call) => call.inboundLayers.map((inbound) => inbound.name));
    return {
      name: layer.name,
      className: layer.getClassName(),
      outputShape: [...calls[0].outputTensors[0].shape],
      parameters: countNumbers(layer.weights),
      trainable: countNumbers(layer.trainableWeights),
      multiplyAdds: sum(calls.map((call) => multiplyAdds(layer, call))),
      inputs: inputs.filter((name) => names.has(name)), // a Sequential keeps its input layer to itself
    };
  });
}

/** Numbers a model holds, and those of them that training changes; a layer used twice counts once. */
export function countParameters(model: LayersModel): { total: number; trainable: number } {
  return { total: countNumbers(model.weights), trainable: countNumbers(model.trainableWeights) };
}

type Call = layers.Layer['inboundNodes'][number];

/** Where a model of these calls applies the layer: several times when it is shared. Other models that use it do not count. */
function callsWithin(own: ReadonlySet<Call>, layer: layers.Layer): Call[] {
  const calls = layer.inboundNodes.filter((call) => own.has(call));
  return calls.length > 0 ? calls : layer.inboundNodes; // a Sequential lists none
}

function multiplyAdds(layer: layers.Layer, call: Call): number {
  if ('layers' in layer) return sum(layerTable(layer as LayersModel).map((row) => row.multiplyAdds));
  const positions = kernelPositions(layer, call);
  if (positions === undefined) return 0;
  const kernels = layer.weights.filter((weight) => weight.originalName.endsWith('kernel')); // a separable one has two
  return sum(kernels.map((kernel) => product(kernel.shape) * positions));
}

/** At how many places of one image the layer applies its kernel; undefined when it has none of that kind. */
function kernelPositions(layer: layers.Layer, call: Call): number | undefined {
  const channelsFirst = layer.getConfig().dataFormat === 'channelsFirst';
  const places = (shape: (number | null)[]) => product(channelsFirst ? shape.slice(2) : shape.slice(1, -1));
  switch (layer.getClassName()) {
    case 'Dense':
    case 'Conv1D':
    case 'Conv2D':
    case 'Conv3D':
    case 'DepthwiseConv2D':
    case 'SeparableConv2D':
      return places(call.outputTensors[0].shape);
    case 'Conv2DTranspose':
    case 'Conv3DTranspose':
      return places(call.inputTensors[0].shape);
    default:
      return undefined;
  }
}

function countNumbers(weights: layers.Layer['weights']): number {
  return sum([...new Set(weights)].map((weight) => product(weight.shape)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** NaN when one of the sizes is open. */
function product(sizes: readonly (number | null)[]): number {
  return sizes.reduce<number>((total, size) => total * (size ?? Number.NaN), 1);
}
