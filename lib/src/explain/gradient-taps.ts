import type { LayersModel, layers, Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { Patches } from '../compile/patches';
import { softmaxCrossEntropy } from '../ops/softmax-cross-entropy';
import { tf } from '../tensorflow/load';
import { withTrainingForms } from '../train/training-forms';
import { pixels } from '../train/training-step';
import { logitsOf } from './logits';

/**
 * Mean cross-entropy of a batch in nats, as a step of training computes it, but without a trace: batch norms take the statistics of the
 * batch and do not write their moving averages. Recorded or eager; the caller disposes it.
 *
 * @param bytes uint8 `[batch, height, width, channels]`
 * @param classOf uint8 `[batch]`
 */
export function stillLoss(model: LayersModel, bytes: Tensor, classOf: Tensor): Scalar {
  const labels = tf.oneHot(classOf.toInt(), model.outputs[0].shape.at(-1)!) as Tensor2D;
  const images = pixels(bytes);
  const patches = new Patches();
  try {
    for (const weight of model.nonTrainableWeights) {
      patches.replace(weight, 'write', () => () => weight);
    }
    const zero = tf.scalar(0, 'int32'); // the same dropout every time
    return withTrainingForms(model, { seed: zero, step: zero }, () =>
      softmaxCrossEntropy(labels, logitsOf(model, images, { training: true })).mean<Scalar>(),
    );
  } finally {
    patches.restore();
  }
}

/**
 * Runs `run`, which applies layers, and has `meet` see the gradient with respect to each of their outputs when it comes by on its
 * way back.
 */
export function withTaps<T>(
  tapped: readonly layers.Layer[],
  meet: (gradient: Tensor, i: number) => void,
  run: () => T,
): T {
  const patches = new Patches();
  try {
    for (const [i, layer] of tapped.entries()) {
      const tap = gradientGate((gradient) => {
        meet(gradient, i);
        return gradient;
      });
      patches.replace(
        layer,
        'call',
        (call) =>
          (...inputs) =>
            tap(call.apply(layer, inputs) as Tensor),
      );
    }
    return run();
  } finally {
    patches.restore();
  }
}

/** x itself forwards; `change` of what comes by backwards. */
export function gradientGate(change: (gradient: Tensor) => Tensor): (x: Tensor) => Tensor {
  return tf.customGrad((x) => ({ value: (x as Tensor).clone(), gradFunc: change }));
}

/** Euclidean norm. The largest entry is taken out first: squares of numbers below 1e-19 would be 0 in float32. */
export function normOf(tensor: Tensor): Tensor {
  const largest = tensor.abs().max();
  return tensor.divNoNan(largest).square().sum().sqrt().mul(largest);
}
