import type { Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { shown } from '../model/check-arguments';
import { tf } from '../tensorflow/load';

/**
 * Takes a share from the right class and gives it to all classes alike: `labels * (1 - amount) + amount / classes`
 * (Szegedy et al. 2015, arXiv 1512.00567, section 7; `label_smoothing` of keras.io/api/losses). The caller disposes the result.
 *
 * @param labels float32, each row summing to 1, `[batch, classes]`
 * @param amount in `[0, 1)`, 0.1 in the paper
 * @throws RangeError when `amount` is out of range
 */
export function smoothLabels(labels: Tensor2D, amount: number): Tensor2D {
  if (!(amount >= 0 && amount < 1)) throw new RangeError(`invalid amount; not in [0, 1): ${shown(amount)}`);
  return tf.tidy(() => labels.mul(1 - amount).add(amount / labels.shape[1]));
}
