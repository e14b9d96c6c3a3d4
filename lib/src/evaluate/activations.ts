import type { LayersModel, SymbolicTensor, Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';

const BATCH_SIZE = 250; // images in one forward pass; bounds the memory of the layers in between

/**
 * What the named layers put out for some images, in inference mode, computed in one pass. The caller disposes the results.
 *
 * @param images `[batch, height, width, channels]` as the model takes them, in 0..1; stays the caller's
 * @returns one tensor a name, in the order of the names: `[batch, height, width, channels]` for a convolution,
 *   `[batch, features]` after pooling
 * @throws RangeError when no layer is named, or one that the model lacks
 */
export function activations(model: LayersModel, layerNames: readonly string[], images: Tensor4D): Tensor[] {
  if (layerNames.length === 0) throw new RangeError('no layer named; at least one is needed');
  const outputs = layerNames.map((name) => outputOf(model, name));
  // Shares the layers and holds no tensor of its own; disposing it would dispose the model's weights.
  const upToLayers = tf.model({ inputs: model.inputs, outputs });
  return [upToLayers.predict(images, { batchSize: BATCH_SIZE })].flat();
}

/** What one layer puts out; see {@link activations}. The features of a classifier are what its last dense layer takes in. */
export function featuresOf(model: LayersModel, layerName: string, images: Tensor4D): Tensor {
  return activations(model, [layerName], images)[0];
}

function outputOf(model: LayersModel, name: string): SymbolicTensor {
  const layer = model.layers.find((candidate) => candidate.name === name);
  if (!layer) {
    const names = model.layers.map((candidate) => candidate.name).join(', ');
    throw new RangeError(`unknown layer; not in the model: ${name}; it has ${names}`);
  }
  return layer.output as SymbolicTensor; // every layer of tf.layers that we use has one output
}
