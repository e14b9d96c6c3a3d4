import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';
import { nativeOp } from './native-op';

let registered = false;

/**
 * Gives `tf.relu` the gradient that TensorFlow has as one operation: dy where the output is positive, else 0. TensorFlow.js's own
 * is five operations over tensors as large as the layer. For all of the process; a second call does nothing.
 */
export function useNativeReluGradient(): void {
  if (registered) return;
  registered = true;
  tf.unregisterGradient('Relu');
  tf.registerGradient({
    kernelName: 'Relu',
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({ x: () => reluGradient(dy as Tensor, y) }),
  });
}

/** dy where y > 0, else 0; linear in dy, so that its own gradient is itself. */
function reluGradient(dy: Tensor, y: Tensor): Tensor {
  const pass = tf.customGrad((dy, save) => {
    (save as unknown as (tensors: Tensor[]) => void)([y]);
    const [value] = nativeOp('ReluGrad', [dy as Tensor, y], { T: { type: 'float32' } }, 1);
    return { value, gradFunc: (ddy: Tensor, saved: Tensor[]) => reluGradient(ddy, saved[0]) };
  });
  return pass(dy);
}
