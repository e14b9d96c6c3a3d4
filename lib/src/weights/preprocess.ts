import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { shown } from '../model/check-arguments';
import { tf } from '../tensorflow/load';

/**
 * How images become what a net's weights were trained on. It belongs to the weights: those of another way make a net see wrong colours,
 * which costs it most of its accuracy and throws no error.
 *
 * | mode    | what a net sees                                                | whose weights                        |
 * |---------|----------------------------------------------------------------|--------------------------------------|
 * | `torch` | 0..1, then minus the mean and by the deviation of each channel | torchvision's, timm's                |
 * | `caffe` | 0..255, blue first, minus the mean of each channel             | Keras's ResNet50, 101, 152           |
 * | `tf`    | -1..1                                                          | Keras's ResNet50V2, 101V2, 152V2     |
 *
 * Source: keras.applications.imagenet_utils.preprocess_input; pytorch.org/vision, "Classification".
 */
export type PreprocessMode = 'torch' | 'caffe' | 'tf';

/** Of ImageNet's training images: red, green, blue. */
const MEAN = [0.485, 0.456, 0.406];
const DEVIATION = [0.229, 0.224, 0.225];
const CAFFE_MEAN = [103.939, 116.779, 123.68]; // blue, green, red, 0..255

/**
 * @param images 0..255, `[batch, height, width, 3]`, red first
 * @returns float32 of the same shape; the caller disposes it
 * @throws TypeError for another mode or other images
 */
export function preprocess(images: Tensor, mode: PreprocessMode): Tensor4D {
  if (images.shape.length !== 4 || images.shape[3] !== 3) {
    throw new TypeError(`invalid images; not [batch, height, width, 3]: [${images.shape.join(', ')}]`);
  }
  return tf.tidy(() => {
    const x = images.toFloat() as Tensor4D;
    switch (mode) {
      case 'torch':
        return x.div(255).sub(MEAN).div(DEVIATION) as Tensor4D;
      case 'caffe':
        return tf.reverse(x, 3).sub(CAFFE_MEAN) as Tensor4D;
      case 'tf':
        return x.div(127.5).sub(1) as Tensor4D;
      default:
        throw new TypeError(`invalid mode; not 'torch', 'caffe' or 'tf': ${shown(mode)}`);
    }
  });
}
