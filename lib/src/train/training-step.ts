/** One step of training as a function of bytes: what is done to the images, the labels and the gradients on the way. */
import type { LayersModel, Optimizer, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { augment } from '../augment/augment';
import { mix } from '../augment/mix';
import { smoothLabels } from '../augment/smooth-labels';
import { Patches } from '../compile/patches';
import { liveNumber } from '../compile/record';
import { tf } from '../tensorflow/load';
import { installMinimise, type Minimising } from './minimise';
import type { Position } from './model-functions';
import type { CompiledModel } from './training-forms';

interface TrainingStep extends Omit<Minimising, 'later'> {
  readonly position: Position;
  /** Runs the model with the forms of its layers and losses. */
  readonly withForms: <T>(run: () => T, later: number) => T;
}

/** A live number is a float32, which holds every integer up to here. */
export const EXACT = 2 ** 24;

/** Counts the steps of all workers, each its own: none of them draws what another one draws. */
export function drawOf(step: number, { worker: { index, size } }: Pick<Position, 'worker'>): number {
  return step * size + index;
}

/** Bytes 0..255 -> float32 0..1. */
export function pixels(bytes: Tensor): Tensor4D {
  return bytes.toFloat().div(255);
}

/**
 * The function of one step: images uint8 `[batch, height, width, channels]`, labels uint8 `[batch]`, their places in the split int32
 * `[batch]` -> loss, metrics, in a cluster the share of workers that want to stop and, where the forms ask for it, the norm of the
 * gradients: scalars.
 */
export function trainingStep(
  model: LayersModel,
  { position, withForms, ...minimising }: TrainingStep,
): (batch: readonly Tensor[], later: number) => Tensor[] {
  const { forms } = minimising;
  const compiledModel = model as unknown as CompiledModel;
  const classes = model.outputs[0].shape.at(-1)!;

  /** @param later steps of the same call that come before this one */
  const prepared = ([bytes, classOf, indices]: readonly Tensor[], later: number): [Tensor4D, Tensor2D] => {
    const live = (read: () => number) => liveNumber(() => read() % EXACT).toInt();
    const chance = () => ({
      seed: live(() => position.seed),
      step: live(() => drawOf(position.step + later, position)),
      epoch: live(() => position.epoch),
      indices: indices.toInt(),
    });
    let images = forms.augmentation
      ? augment(bytes as Tensor4D, forms.augmentation, chance())
      : pixels(bytes);
    let labels = tf.oneHot(classOf.toInt(), classes).toFloat() as Tensor2D;
    if (forms.mix) {
      const draw = () => ({ seed: position.seed, step: drawOf(position.step + later, position) });
      ({ images, labels } = mix(images, labels, forms.mix, draw));
    }
    return [images, forms.labelSmoothing ? smoothLabels(labels, forms.labelSmoothing) : labels];
  };

  return (batch, later) => {
    const patches = new Patches();
    let norm: Tensor | undefined;
    try {
      const step = () => {
        installMinimise(model.optimizer as Optimizer, patches, { ...minimising, later }, (value) => {
          norm = tf.keep(value);
        });
        return compiledModel.makeTrainFunction()(prepared(batch, later));
      };
      const own = withForms(step, later);
      const { across, average } = minimising;
      const results = across ? across.now(own, model) : own;
      if (across) average?.update(later);
      return norm ? [...results, norm] : results;
    } finally {
      patches.restore();
    }
  };
}
