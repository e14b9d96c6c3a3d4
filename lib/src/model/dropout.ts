import type { layers, Tensor } from '@tensorflow/tfjs-node-gpu';
import { seededUniform } from '../ops/seeded-uniform';
import { tf } from '../tensorflow/load';
import { nameHash } from './name-hash';

/** The members of TensorFlow.js's dropout layer that its types leave out. */
export interface DropoutLayer extends layers.Layer {
  /** Share of the inputs that become 0. */
  readonly rate: number;
  readonly seed?: number;
  getNoiseShape(input: Tensor): number[] | null | undefined;
}

/**
 * How a dropout layer is called in training (Srivastava et al. 2014): each input is 0 with probability `rate`, else divided by
 * `1 - rate`. TensorFlow.js draws in JavaScript, where a layer's seed gives the same mask at every step and none gives one that
 * nobody can repeat; here the mask depends on the layer, the training's seed and the step.
 *
 * @param chance int32 scalars
 */
export function seededDropoutCall(
  layer: DropoutLayer,
  call: layers.Layer['call'],
  { seed, step }: { readonly seed: Tensor; readonly step: Tensor },
): layers.Layer['call'] {
  return (inputs, kwargs) => {
    const x = Array.isArray(inputs) ? inputs[0] : inputs;
    if (kwargs.training !== true || layer.rate <= 0 || layer.rate >= 1)
      return call.call(layer, inputs, kwargs);
    return tf.tidy(() => {
      const shape = layer.getNoiseShape(x) ?? x.shape;
      const own = tf.scalar(layer.seed ?? nameHash(layer.name), 'int32');
      const drawn = seededUniform(shape, own.add(seed), step);
      const keep = drawn
        .greaterEqual(layer.rate)
        .toFloat()
        .div(1 - layer.rate);
      return x.mul(keep);
    });
  };
}
