import type { LayersModel, layers, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { Patches } from '../compile/patches';

interface ActivationLayer extends layers.Layer {
  activation?: { apply(x: Tensor): Tensor; getClassName(): string };
}

const LINEAR = { apply: (x: Tensor) => x, getClassName: () => 'linear' };

/**
 * What the model puts out without the softmax at its end, if it has one; for losses that rounded probabilities would spoil. Recorded
 * or eager; the caller disposes it.
 *
 * @param images `[batch, height, width, channels]`
 * @param training whether batch norms take the statistics of the batch, and dropout drops
 * @returns `[batch, classes]`
 */
export function logitsOf(model: LayersModel, images: Tensor4D, { training = false } = {}): Tensor2D {
  const last: ActivationLayer = model.outputs[0].sourceLayer;
  const patches = new Patches();
  try {
    if (last.getClassName() === 'Softmax') patches.replace(last, 'call', () => (x) => x);
    else if (last.activation?.getClassName() === 'softmax') patches.replace(last, 'activation', () => LINEAR);
    return model.apply(images, { training }) as Tensor2D;
  } finally {
    patches.restore();
  }
}
