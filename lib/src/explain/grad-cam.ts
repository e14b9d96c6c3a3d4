import type {
  LayersModel,
  LayerVariable,
  layers,
  SymbolicTensor,
  Tensor,
  Tensor1D,
  Tensor4D,
} from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';

/** Where in an image a class's score comes from. */
export interface GradCam {
  /** Each place's share of what speaks for the class, `[height * width]` in row-major order: they sum to 1, or are all 0. */
  readonly heat: Float32Array;
  /** Of the layer's maps, which are smaller than the image. */
  readonly height: number;
  readonly width: number;
  readonly layer: string;
  readonly classIndex: number;
}

export interface GradCamOptions {
  /** Whose maps are weighed; default: the last one with maps of more than one pixel. */
  readonly layer?: string;
  /** Default: the most probable class. */
  readonly classIndex?: number;
}

/** The heat beside its hottest place, 0..1: what a picture shows. */
export function relativeHeat({ heat }: Pick<GradCam, 'heat'>): Float32Array {
  const most = heat.reduce((a, b) => Math.max(a, b), 0);
  return heat.map((share) => (most > 0 ? share / most : 0));
}

/**
 * Gradient-weighted class activation map (Selvaraju et al. 2017, arXiv 1610.02391, section 3): how much each place of a layer's maps
 * adds to the score of a class. In their notation, with maps A^k and score y^c,
 *
 *     weight of map k   alpha_k = mean over places of  dy^c / dA^k
 *     heat              ReLU( sum over k of  alpha_k A^k ),  here divided by its sum
 *
 * The score is the logit, before the softmax: the probability's gradient also falls where other classes rise, and vanishes where the
 * net is sure. Keras's example removes the last activation for that; here a last dense layer is computed without it, and a last layer
 * that is nothing but an activation is left out. All paths from the layer to the score count, so that inside a block only its own
 * branch does. The model runs in inference mode, and stays as it is.
 *
 * @param model from images to classes, `[batch, height, width, channels]` -> `[batch, classes]`, channels last
 * @param image `[1, height, width, channels]`, as the model takes it; stays the caller's
 * @throws TypeError when the model has several inputs or outputs, or is given other than one image
 * @throws RangeError for a layer without maps, or a class that the model lacks
 */
export function gradCam(model: LayersModel, image: Tensor4D, options: GradCamOptions = {}): GradCam {
  checkModelAndImage(model, image);
  const layer = layerWithMaps(model, options.layer);
  return tf.tidy(() => {
    const values: Values = new Map([[model.inputs[0].id, image]]);
    const logits = scores(model.outputs[0], values); // [1, classes]
    const classIndex = options.classIndex ?? logits.argMax(-1).dataSync()[0];
    checkClass(classIndex, logits.shape.at(-1)!);
    // Not gather(): its gradient needs an operation that TensorFlow.js's WebAssembly backend lacks.
    const wanted = tf.oneHot([classIndex], logits.shape.at(-1)!).toFloat();
    const maps = values.get((layer.output as SymbolicTensor).id) as Tensor4D;
    const scoreFrom = (changed: Tensor) => {
      const known: Values = new Map([
        [model.inputs[0].id, image],
        [(layer.output as SymbolicTensor).id, changed],
      ]);
      return scores(model.outputs[0], known).mul(wanted).sum();
    };
    const weights = tf.grad(scoreFrom)(maps).mean([1, 2], true); // [1, 1, 1, channels]
    const heat = maps.mul(weights).sum(-1).relu(); // [1, height, width]
    const shares = heat.divNoNan(heat.sum()).dataSync<'float32'>().slice();
    return { heat: shares, height: maps.shape[1], width: maps.shape[2], layer: layer.name, classIndex };
  });
}

/** What layers put out, by the id of their symbolic output. */
type Values = Map<number, Tensor>;

/**
 * The value of `output`, computed from those that are known, and all values on the way added to them. Layers are applied to
 * tensors: applied to symbolic ones they would grow a second output, which no layer of the model could then be asked for.
 */
function computed(output: SymbolicTensor, known: Values): Tensor {
  const found = known.get(output.id);
  if (found) return found;
  const inputs = output.inputs.map((input) => computed(input, known));
  const value = putOut(output.sourceLayer, inputs);
  known.set(output.id, value);
  return value;
}

interface BatchNorm extends layers.Layer {
  readonly epsilon: number;
  readonly gamma: LayerVariable | null;
  readonly beta: LayerVariable | null;
  readonly movingMean: LayerVariable;
  readonly movingVariance: LayerVariable;
}

/** In inference mode TensorFlow.js's batch norm has no gradient without gamma or beta: ones and zeros give it one. */
function putOut(layer: layers.Layer, inputs: Tensor[]): Tensor {
  const norm = layer as BatchNorm;
  if (layer.getClassName() !== 'BatchNormalization' || (norm.gamma && norm.beta)) {
    return layer.apply(inputs.length === 1 ? inputs[0] : inputs, { training: false }) as Tensor;
  }
  const [mean, variance] = [norm.movingMean.read(), norm.movingVariance.read()] as Tensor1D[];
  const gamma = (norm.gamma?.read() as Tensor1D | undefined) ?? tf.onesLike(mean);
  const beta = (norm.beta?.read() as Tensor1D | undefined) ?? tf.zerosLike(mean);
  return tf.batchNorm(inputs[0], mean, variance, beta, gamma, norm.epsilon);
}

/** The model's output before the activation at its end, `[batch, classes]`. */
function scores(output: SymbolicTensor, known: Values): Tensor {
  const layer = output.sourceLayer;
  const kind = layer.getClassName();
  if (kind === 'Softmax' || kind === 'Activation') return computed(output.inputs[0], known);
  if (kind !== 'Dense') return computed(output, known);
  const [kernel, bias] = layer.getWeights(); // the variables themselves
  const product = tf.matMul(computed(output.inputs[0], known), kernel);
  return bias ? product.add(bias) : product;
}

function hasMaps(layer: layers.Layer): boolean {
  const shape = layer.outputShape as (number | null)[];
  return shape.length === 4 && (shape[1] !== 1 || shape[2] !== 1); // null: any size
}

function layerWithMaps(model: LayersModel, name: string | undefined): layers.Layer {
  const images = model.inputs[0].sourceLayer;
  const candidates = model.layers.filter((layer) => layer !== images && hasMaps(layer));
  const layer = name === undefined ? candidates.at(-1) : candidates.find((each) => each.name === name);
  if (layer) return layer;
  const names = candidates.map((each) => each.name).join(', ') || 'none';
  const rule = 'no layer of the model with maps of more than one pixel';
  throw new RangeError(`invalid layer; ${rule}: ${name}; there are ${names}`);
}

function checkModelAndImage(model: LayersModel, image: Tensor4D): void {
  if (model.inputs.length !== 1 || model.outputs.length !== 1) {
    throw new TypeError(
      `invalid model; it must have one input and one output: ${model.inputs.length} and ${model.outputs.length}`,
    );
  }
  if (model.outputs[0].shape.length !== 2) {
    throw new TypeError(`invalid model; its output must be [batch, classes]: [${model.outputs[0].shape}]`);
  }
  if (image.rank === 4 && image.shape[0] === 1) return;
  throw new TypeError(`invalid image; not [1, height, width, channels]: [${image.shape}]`);
}

function checkClass(classIndex: number, classes: number): void {
  if (Number.isInteger(classIndex) && classIndex >= 0 && classIndex < classes) return;
  throw new RangeError(`invalid classIndex; not an integer in [0, ${classes}): ${classIndex}`);
}
