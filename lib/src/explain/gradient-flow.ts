import type { LayersModel, Scalar, Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-node-gpu';
import { Patches } from '../compile/patches';
import type { Split } from '../data/split';
import { softmaxCrossEntropy } from '../ops/softmax-cross-entropy';
import { tf } from '../tensorflow/load';
import type { CompileChoice } from '../train/model-functions';
import { withTrainingForms } from '../train/training-forms';
import { pixels } from '../train/training-step';
import { logitsOf } from './logits';
import { SplitFunction } from './split-function';
import { weightedLayers } from './weighted-layers';

/** What arrives of the loss's gradient at one layer. Norms are Euclidean, over the whole kernel. */
export interface LayerGradient {
  readonly layer: string;
  /** Layers with a kernel on the longest way from the images, itself included. */
  readonly depth: number;
  /** Of the gradient with respect to the kernel. */
  readonly norm: number;
  /** Of the kernel. */
  readonly weightNorm: number;
  /** norm / weightNorm: by which part of itself a step of rate 1 would change the kernel; 0 where both are. */
  readonly ratio: number;
}

export interface GradientFlow {
  /** Mean cross-entropy of the images in nats, whose gradient it is. */
  readonly loss: number;
  /** In the order of the model; layers that are not trained are left out. */
  readonly layers: readonly LayerGradient[];
}

/** One per model; it lives as long as the model's weights. */
const flows = new WeakMap<LayersModel, Map<string, SplitFunction>>();

/**
 * How large the gradient of the loss is at every layer, as a step of training on these images would find it: batch norms take the
 * statistics of the batch, the loss is the cross-entropy, without penalties. Nothing is learned, and no moving average moves. It
 * may be asked between two steps of a training; the graph is made at the first call (some seconds for a net of 110 layers) and kept.
 *
 * Where the gradient vanishes its norm falls from the last layer to the first (Glorot & Bengio 2010, section 4.2.2). Batch norm prevents that
 * (He et al. 2015, arXiv 1512.03385, section 4.1), but in deep plain nets that are not trained yet the norm grows towards the first
 * layer instead (Yang et al. 2019, arXiv 1902.08129). Norms below float32's smallest number are 0.
 *
 * @param model ends in the classes' probabilities or logits; need not be compiled by `model.compile`
 * @param batch all its images are one batch: `take(train, 128)`
 * @throws TypeError when model and images do not fit, or when no layer is trained; RangeError when there is no image
 */
export async function gradientFlow(
  model: LayersModel,
  batch: Split,
  { compile = {} }: { readonly compile?: CompileChoice } = {},
): Promise<GradientFlow> {
  const trained = weightedLayers(model).filter(({ kernel }) => kernel.trainable);
  if (trained.length === 0)
    throw new TypeError(`cannot follow the gradient; ${model.name} has no layer that is trained`);
  const kernels = trained.map(({ kernel }) => kernel);
  const known = flows.get(model) ?? new Map<string, SplitFunction>();
  flows.set(model, known);
  const key = JSON.stringify([compile, trained.map(({ layer }) => layer.name)]);
  const flow = known.get(key) ?? flowOf(model, kernels, compile);
  known.set(key, flow);
  for await (const { results } of flow.run(batch, { batchSize: batch.labels.length || 1 })) {
    const [loss, norms, weightNorms] = results;
    const layers = trained.map(({ layer, depth }, i) => {
      const [norm, weightNorm] = [Number(norms[i]), Number(weightNorms[i])];
      return { layer: layer.name, depth, norm, weightNorm, ratio: norm === 0 ? 0 : norm / weightNorm };
    });
    return { loss: Number(loss[0]), layers };
  }
  throw new RangeError(`empty split; at least one image is needed: ${batch.name} has 0`);
}

function flowOf(model: LayersModel, kernels: readonly Variable[], compile: CompileChoice): SplitFunction {
  const classes = model.outputs[0].shape.at(-1)!;
  const fn = (bytes: Tensor, classOf: Tensor) => {
    const images = pixels(bytes);
    const labels = tf.oneHot(classOf.toInt(), classes) as Tensor2D;
    const loss = () =>
      withStillAverages(model, () =>
        softmaxCrossEntropy(labels, logitsOf(model, images, { training: true })).mean(),
      );
    const { value, grads } = tf.variableGrads(loss as () => Scalar, [...kernels]);
    return [
      value,
      tf.stack(kernels.map(({ name }) => normOf(grads[name]))), // [layers]
      tf.stack(kernels.map(normOf)),
    ];
  };
  return new SplitFunction(model, `the gradient flow of ${model.name}`, fn, compile);
}

/** Runs `run` as in training, but with batch norms that do not write their moving averages. */
function withStillAverages<T>(model: LayersModel, run: () => T): T {
  const patches = new Patches();
  try {
    for (const weight of model.nonTrainableWeights) {
      patches.replace(weight, 'write', () => () => weight);
    }
    const zero = tf.scalar(0, 'int32'); // the same dropout every time
    return withTrainingForms(model, { seed: zero, step: zero }, run);
  } finally {
    patches.restore();
  }
}

/** The largest entry is taken out first: squares of numbers below 1e-19 would be 0 in float32. */
function normOf(tensor: Tensor): Tensor {
  const largest = tensor.abs().max();
  return tensor.divNoNan(largest).square().sum().sqrt().mul(largest);
}
