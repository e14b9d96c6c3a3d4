import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { checkCropSize } from '../augment/augment';
import { type Crop, cropSize } from '../augment/crop-and-flip';
import type { Split } from '../data/split';

/**
 * Throws unless the model classifies images of the split's shape into the split's classes.
 *
 * @throws RangeError when the split is empty, or has a label that is no class of its own
 * @throws TypeError when the model has several inputs or outputs, or when image shape or number of classes differ
 */
export function checkFits(model: LayersModel, split: Split): void {
  if (split.labels.length === 0) {
    throw new RangeError(`empty split; at least one image is needed: ${split.name} has 0`);
  }
  if (model.inputs?.length !== 1 || model.outputs?.length !== 1) {
    throw new TypeError(
      `invalid model; it must have one input and one output: ` +
        `${model.inputs?.length ?? 0} and ${model.outputs?.length ?? 0}`,
    );
  }
  const takes = model.inputs[0].shape.slice(1); // [height, width, channels]
  const shape = split.imageShape;
  const fits = takes.length === 3 && takes.every((size, axis) => size === null || size === shape[axis]);
  if (!fits) {
    throw new TypeError(
      `cannot use ${split.name} with this model; its images must be [${takes}]: [${shape}]; ` +
        `build the model with inputShape [${shape}]`,
    );
  }
  const outputs = model.outputs[0].shape.slice(1); // [classes]
  const classes = split.classNames.length;
  if (outputs.length !== 1 || outputs[0] !== classes) {
    throw new TypeError(
      `cannot use ${split.name} with this model; the model's output must be [${classes}], one number a class: ` +
        `[${outputs}]; build the model for ${classes} classes`,
    );
  }
  const bad = split.labels.findIndex((label) => label >= classes); // a graph would take it for no class at all
  if (bad >= 0) {
    throw new RangeError(
      `cannot use ${split.name}; its labels must be in [0, ${classes}), for as many classNames: ` +
        `image ${bad} has ${split.labels[bad]}`,
    );
  }
}

/**
 * @throws RangeError when a crop does not fit into the split's images
 * @throws TypeError when the model takes whole images only and the crop has another size
 */
export function checkCropFits(model: LayersModel, { imageShape }: Split, crop: Crop | undefined): void {
  checkCropSize(crop, imageShape);
  const takes = model.inputs[0].shape.slice(1, 3);
  const size = cropSize(crop, imageShape);
  if (takes.every((length, axis) => length === null || length === size[axis])) return;
  throw new TypeError(
    `invalid crop.size; this model takes images of ${takes.join('x')} alone: ${crop!.size}; ` +
      `build it with inputShape [null, null, ${imageShape[2]}]`,
  );
}

/** @throws TypeError when `model.compile` was not called */
export function checkCompiled(action: string, model: LayersModel): void {
  if (model.optimizer) return;
  throw new TypeError(
    `cannot ${action}; the model must be compiled: no optimizer; ` +
      "call model.compile({ optimizer: adam(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] })",
  );
}

/** @throws RangeError which names the argument and its value */
export function checkPositiveInteger(name: string, value: number): void {
  if (!Number.isInteger(value) || value <= 0) {
    throw new RangeError(`invalid ${name}; not a positive integer: ${value}`);
  }
}
