import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';
import { nativeOp } from './native-op';

/**
 * Uniform random numbers in `[0, 1)` that depend on shape, seed and step alone, made by TensorFlow: the same eagerly and in a
 * compiled function, where numbers that JavaScript draws would be frozen. They have no gradient. The caller disposes the result.
 *
 * @param seed int32 scalar, e.g. of the layer
 * @param step int32 scalar; every step has numbers of its own
 */
export function seededUniform(shape: readonly number[], seed: Tensor, step: Tensor): Tensor {
  return tf.tidy(() => {
    const key = tf.stack([seed.toInt(), step.toInt()]);
    const attrs = { dtype: { type: 'float32' }, T: { type: 'int32' }, Tseed: { type: 'int32' } } as const;
    return nativeOp('StatelessRandomUniform', [tf.tensor1d([...shape], 'int32'), key], attrs, 1)[0];
  });
}
