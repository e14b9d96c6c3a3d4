import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';
import { nativeOp } from './native-op';

export interface BatchNorm {
  /** `[batch, height, width, channels]` */
  readonly y: Tensor4D;
  /** Of the batch, `[channels]`. */
  readonly mean: Tensor1D;
  /** Of the batch, divided by n, not by n - 1; `[channels]`. */
  readonly variance: Tensor1D;
}

const FLOAT = { T: { type: 'float32' }, U: { type: 'float32' } } as const;
const LAYOUT = { data_format: { string: 'NHWC' } } as const;

/**
 * Batch norm in training (Ioffe & Szegedy 2015, arXiv 1502.03167, algorithm 1) as two operations, one forward and one backward,
 * where TensorFlow.js needs some forty: y = gamma (x - mean) / sqrt(variance + epsilon) + beta.
 *
 * Gradients flow to x, gamma and beta through `y`; `mean` and `variance` have none. The caller disposes the results.
 *
 * @param x `[batch, height, width, channels]`
 * @param gamma `[channels]`
 * @param beta `[channels]`
 */
export function batchNormInTraining(
  x: Tensor4D,
  gamma: Tensor1D,
  beta: Tensor1D,
  epsilon: number,
): BatchNorm {
  let mean!: Tensor1D;
  let variance!: Tensor1D;
  const normalise = tf.customGrad((...args) => {
    const [x, gamma, beta, save] = args as unknown as [
      Tensor4D,
      Tensor1D,
      Tensor1D,
      (tensors: Tensor[]) => void,
    ];
    const attrs = { ...FLOAT, ...LAYOUT, epsilon: { float: epsilon }, is_training: { bool: true } };
    const none = tf.tensor1d([]); // moving statistics, which only inference reads
    const outputs = nativeOp('FusedBatchNormV3', [x, gamma, beta, none, none], attrs, 6);
    const [y, batchMean, unbiased, ...reserved] = outputs;
    mean = tf.keep(batchMean.clone()) as Tensor1D;
    variance = tf.keep(unbiased.mul(biased(x.shape))) as Tensor1D;
    save([x, gamma, ...reserved]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const [x, gamma, ...reserved] = saved;
      const [dx, dGamma, dBeta] = nativeOp('FusedBatchNormGradV3', [dy, x, gamma, ...reserved], attrs, 5);
      return [dx, dGamma, dBeta];
    };
    return { value: y, gradFunc };
  });
  const y = normalise(x, gamma, beta) as Tensor4D;
  return { y, mean, variance };
}

/** FusedBatchNormV3 returns the variance divided by n - 1; Keras and TensorFlow.js average the one divided by n. */
function biased([batch, height, width]: readonly number[]): number {
  const n = batch * height * width;
  return (n - 1) / n;
}
