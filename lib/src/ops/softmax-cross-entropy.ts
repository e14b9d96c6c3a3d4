import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';
import { nativeOp } from './native-op';

/**
 * Cross-entropy of each image in nats, straight from the logits: exact where a softmax would have rounded a probability to 0, and
 * one operation forward and backward. As `tf.nn.softmax_cross_entropy_with_logits` in Python; the labels have no gradient.
 *
 * @param labels probabilities, each row summing to 1, `[batch, classes]`; of any type
 * @param logits `[batch, classes]`
 * @returns `[batch]`; the caller disposes it
 */
export function softmaxCrossEntropy(labels: Tensor2D, logits: Tensor2D): Tensor1D {
  const loss = tf.customGrad((logits, save) => {
    const attrs = { T: { type: 'float32' } } as const;
    const outputs = nativeOp('SoftmaxCrossEntropyWithLogits', [logits as Tensor, labels.toFloat()], attrs, 2);
    const [value, slope] = outputs; // slope: softmax(logits) - labels
    (save as unknown as (tensors: Tensor[]) => void)([slope]);
    return { value, gradFunc: (dy: Tensor, saved: Tensor[]) => tf.mul(tf.expandDims(dy, 1), saved[0]) };
  });
  return loss(logits) as Tensor1D;
}
