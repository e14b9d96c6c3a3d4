import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import type { Split } from '../data/split';
import { tf } from '../tensorflow/load';
import type { CompileChoice } from '../train/model-functions';
import { normOf, stillLoss, withTaps } from './gradient-taps';
import { SplitFunction } from './split-function';
import { type WeightedLayer, weightedLayers } from './weighted-layers';

/** What arrives of the loss's gradient at one layer. Norms are Euclidean, over all numbers of what they are of. */
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
  /**
   * Of the gradient with respect to what the layer puts out, before norm and nonlinearity: what walks back through the net. The
   * kernel's gradient is this times what the layer took in, so that it can stay the same size while this one falls.
   */
  readonly arriving: number;
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
 * Where the gradient vanishes, what arrives falls from the last layer to the first (Glorot & Bengio 2010, section 4.2.2). Batch norm prevents that
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
  const known = flows.get(model) ?? new Map<string, SplitFunction>();
  flows.set(model, known);
  const key = JSON.stringify([compile, trained.map(({ layer }) => layer.name)]);
  const flow = known.get(key) ?? flowOf(model, trained, compile);
  known.set(key, flow);
  for await (const { results } of flow.run(batch, { batchSize: batch.labels.length || 1 })) {
    const [loss, norms, weightNorms, arriving] = results;
    const layers = trained.map(({ layer, depth }, i) => {
      const [norm, weightNorm] = [Number(norms[i]), Number(weightNorms[i])];
      const ratio = norm === 0 ? 0 : norm / weightNorm;
      return { layer: layer.name, depth, norm, weightNorm, ratio, arriving: Number(arriving[i]) };
    });
    return { loss: Number(loss[0]), layers };
  }
  throw new RangeError(`empty split; at least one image is needed: ${batch.name} has 0`);
}

function flowOf(
  model: LayersModel,
  trained: readonly WeightedLayer[],
  compile: CompileChoice,
): SplitFunction {
  const kernels = trained.map(({ kernel }) => kernel);
  const tapped = trained.map(({ layer }) => layer);
  const fn = (bytes: Tensor, classOf: Tensor) => {
    const arriving: Tensor[] = kernels.map(() => tf.scalar(0));
    const meet = (gradient: Tensor, i: number) => {
      arriving[i].dispose();
      arriving[i] = tf.keep(normOf(gradient)); // beyond the pass, which tidies up
    };
    const loss = () => withTaps(tapped, meet, () => stillLoss(model, bytes, classOf));
    const { value, grads } = tf.variableGrads(loss, kernels);
    const results = [
      value,
      tf.stack(kernels.map(({ name }) => normOf(grads[name]))), // [layers]
      tf.stack(kernels.map(normOf)),
      tf.stack(arriving),
    ];
    tf.dispose(arriving);
    return results;
  };
  return new SplitFunction(model, `the gradient flow of ${model.name}`, fn, compile);
}
