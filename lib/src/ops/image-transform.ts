import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';
import { nativeOp } from './native-op';

/** What lies beyond the edge: 0, or the image mirrored there, its edge pixel repeated: `c b a | a b c | c b a`. */
export type ImageFill = 'zeros' | 'reflect';

const FILL_MODES = { zeros: 'CONSTANT', reflect: 'REFLECT' } as const;

/**
 * Moves, flips or turns every image of a batch by a transform of its own, in one operation and without mixing pixels: the output
 * at `(x, y)` is the input's pixel nearest to `(a0 x + a1 y + a2, b0 x + b1 y + b2)`, where a transform is
 * `[a0, a1, a2, b0, b1, b2, 0, 0]`; the last two are those of a projection. As `tf.raw_ops.ImageProjectiveTransformV3` in Python.
 *
 * It has no gradient. The caller disposes the result.
 *
 * @param images float32 or int32, `[batch, height, width, channels]`
 * @param transforms float32 `[batch, 8]`
 * @param size `[height, width]` of the result
 * @returns `[batch, ...size, channels]`, of the type of `images`
 */
export function imageTransform(
  images: Tensor4D,
  transforms: Tensor2D,
  fill: ImageFill,
  size: readonly [height: number, width: number],
): Tensor4D {
  return tf.tidy(() => {
    const attrs = {
      dtype: { type: images.dtype as 'float32' | 'int32' },
      interpolation: { string: 'NEAREST' },
      fill_mode: { string: FILL_MODES[fill] },
    };
    const inputs = [images, transforms, tf.tensor1d([...size], 'int32'), tf.scalar(0)];
    return nativeOp('ImageProjectiveTransformV3', inputs, attrs, 1)[0] as Tensor4D;
  });
}
