import type { layers, Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';
import { type Applied, applied } from './keras-defaults';

type LayerArgs = ConstructorParameters<typeof tf.layers.Layer>[0];

interface Config {
  readonly strides: number;
  readonly filters: number;
}

/**
 * The shortcut without parameters, where shapes change: every `strides`-th pixel, then zeros for the channels that are new (He et al.
 * 2015, arXiv 1512.03385, section 3.3, option A).
 *
 * `[batch, height, width, channels]` -> `[batch, ceil(height / strides), ceil(width / strides), filters]`
 */
export class IdentityShortcut extends tf.layers.Layer {
  static readonly className = 'IdentityShortcut';
  readonly #config: Config;

  constructor(config: Config & { readonly name?: string }) {
    super(config as LayerArgs);
    this.#config = { strides: config.strides, filters: config.filters };
  }

  override computeOutputShape(shape: number[]): number[] {
    const { strides, filters } = this.#config;
    const [batch, height, width] = shape;
    return [batch, Math.ceil(height / strides), Math.ceil(width / strides), filters];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const { strides, filters } = this.#config;
    return tf.tidy(() => {
      const x = (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor4D;
      // A pool of one pixel takes every strides-th one, with a gradient that TensorFlow has in one operation.
      const sampled = strides === 1 ? x : tf.avgPool(x, 1, strides, 'valid');
      return tf.pad4d(sampled, [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, filters - x.shape[3]],
      ]);
    });
  }

  override getConfig() {
    return { ...super.getConfig(), ...this.#config };
  }
}

tf.serialization.registerClass(IdentityShortcut as never);

/** {@link IdentityShortcut} as a function of its input. */
export function identityShortcut(filters: number, strides: number, name: string): Applied {
  return applied(new IdentityShortcut({ filters, strides, name }) as layers.Layer);
}
