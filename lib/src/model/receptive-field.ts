import type { LayersModel, layers } from '@tensorflow/tfjs-node-gpu';
import { layerTable } from './layer-table';

interface Field {
  /** Pixels of the images, along one side, that one output of the layer depends on. */
  readonly size: number;
  /** Pixels of the images from one output to the next. */
  readonly jump: number;
}

/**
 * How much of an image, along one side in pixels, one output of each layer depends on: a layer whose kernel spans `k` of the outputs before
 * it, which lie `jump` pixels apart, adds `(k - 1) * jump`. It may be more than the image has. Of several paths the widest counts; what
 * comes after a global pool or a flattening depends on the whole image: Infinity.
 *
 * Source: Araujo, Norris & Sim 2019, "Computing Receptive Fields of Convolutional Neural Networks", distill.pub, section 2.
 *
 * @param model of square kernels, with one input of images
 * @returns by the layers' names, in the model's order
 */
export function receptiveFields(model: LayersModel): Map<string, number> {
  const fields = new Map<string, Field>();
  for (const { name, inputs } of layerTable(model)) {
    const before = inputs.map((input) => fields.get(input)!);
    const size = Math.max(1, ...before.map(({ size }) => size));
    const jump = Math.max(1, ...before.map(({ jump }) => jump));
    const { span, strides } = windowOf(model.getLayer(name));
    fields.set(name, { size: size + (span === 1 ? 0 : (span - 1) * jump), jump: jump * strides });
  }
  return new Map([...fields].map(([name, { size }]) => [name, size]));
}

/** Outputs of the layer before that one output sees, along one side, and how many of them lie between two outputs. */
function windowOf(layer: layers.Layer): { span: number; strides: number } {
  const { kernelSize, poolSize, strides, dilationRate = 1 } = layer.getConfig();
  switch (layer.getClassName()) {
    case 'Conv2D':
    case 'DepthwiseConv2D':
    case 'SeparableConv2D':
      return { span: (first(kernelSize) - 1) * first(dilationRate) + 1, strides: first(strides) };
    case 'MaxPooling2D':
    case 'AveragePooling2D':
      return { span: first(poolSize), strides: first(strides) };
    case 'GlobalAveragePooling2D':
    case 'GlobalMaxPooling2D':
    case 'Flatten':
      return { span: Number.POSITIVE_INFINITY, strides: 1 };
    default:
      return { span: 1, strides: 1 };
  }
}

/** Of a size given for both sides, or for each. */
function first(value: unknown): number {
  return Array.isArray(value) ? value[0] : (value as number);
}
