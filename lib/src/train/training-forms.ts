/**
 * How a model's layers and losses are called while its training, evaluation or prediction runs or is recorded: as TensorFlow.js
 * has them, but for those that TensorFlow has a better form of. Eager and compiled training take the same forms.
 */
import type { LayersModel, layers, Tensor, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { Patches } from '../compile/patches';
import { fusedBatchNormCall, isStockBatchNorm } from '../model/batch-normalization';
import { type DropoutLayer, seededDropoutCall } from '../model/dropout';
import { softmaxCrossEntropy } from '../ops/softmax-cross-entropy';
import { tf } from '../tensorflow/load';

/** What the random numbers of a step depend on, besides the layer: both int32 scalars, the caller's. */
export interface Chance {
  readonly seed: Tensor;
  readonly step: Tensor;
}

/** The members of a compiled LayersModel that its types leave out. */
export interface CompiledModel extends Pick<LayersModel, 'outputs' | 'outputLayers'> {
  readonly lossFunctions: LossFunction[];
  readonly metricsTensors: [LossFunction, number][];
  readonly optimizer_: unknown;
  makeTrainFunction(): (data: Tensor[]) => Tensor[];
  makeTestFunction(): unknown;
  readonly testFunction: (data: Tensor[]) => Tensor[];
}

type LossFunction = (target: Tensor, output: Tensor) => Tensor;

/** Runs `run` with the model's layers and losses in those forms. */
export function withTrainingForms<T>(model: LayersModel, chance: Chance, run: () => T): T {
  const patches = new Patches();
  const kept: Tensor[] = [];
  try {
    for (const layer of allLayers(model)) {
      if (isStockBatchNorm(layer)) patches.replace(layer, 'call', (call) => fusedBatchNormCall(layer, call));
      if (layer.getClassName() === 'Dropout') {
        patches.replace(layer, 'call', (call) => seededDropoutCall(layer as DropoutLayer, call, chance));
      }
    }
    useLogits(model as unknown as CompiledModel, patches, kept);
    return run();
  } finally {
    patches.restore();
    tf.dispose(kept);
  }
}

/** The layers of a model and of the models in it. */
function allLayers(model: LayersModel): layers.Layer[] {
  return model.layers.flatMap((layer) =>
    'layers' in layer ? allLayers(layer as unknown as LayersModel) : [layer],
  );
}

interface ActivationLayer extends layers.Layer {
  activation: { apply(x: Tensor): Tensor; getClassName(): string };
}

/**
 * Where an output is a softmax and its loss the cross-entropy, the loss is computed from the logits, as Keras does: a probability
 * that was rounded to 0 or clipped has no use any more.
 */
function useLogits(model: CompiledModel, patches: Patches, kept: Tensor[]): void {
  const logitsOf = new WeakMap<Tensor, Tensor>();
  (model.lossFunctions ?? []).forEach((loss, output) => {
    const layer = model.outputLayers[output] as ActivationLayer;
    const isSoftmax =
      layer.activation?.getClassName?.() === 'softmax' && model.outputs[output].shape.length === 2;
    if (!isSoftmax || loss !== categoricalCrossentropy) return;
    patches.replace(layer, 'activation', (softmax) => ({
      getClassName: () => softmax.getClassName(),
      apply: (logits) => {
        const probabilities = softmax.apply(logits);
        logitsOf.set(probabilities, tf.keep(logits));
        kept.push(logits);
        return probabilities;
      },
    }));
    patches.replace(model.lossFunctions, output, () => (target, probabilities) => {
      const logits = logitsOf.get(probabilities);
      return logits
        ? softmaxCrossEntropy(target as Tensor2D, logits as Tensor2D)
        : loss(target, probabilities);
    });
  });
}

/** TensorFlow.js's own loss of that name, which it does not export: what a model that is compiled for it holds. */
const categoricalCrossentropy = ((): LossFunction => {
  const inputs = tf.input({ shape: [1], name: 'probe_input' }); // named, so as not to use up the default names
  const outputs = tf.layers
    .dense({ units: 2, name: 'probe', kernelInitializer: 'zeros' })
    .apply(inputs) as typeof inputs;
  const probe = tf.model({ inputs, outputs, name: 'probe' });
  const optimizer = tf.train.sgd(1);
  probe.compile({ optimizer, loss: 'categoricalCrossentropy' });
  const [loss] = (probe as unknown as CompiledModel).lossFunctions;
  optimizer.dispose();
  probe.dispose();
  return loss;
})();
