import path from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import '../../lib/src/model/normalization'; // the one layer of ours that the page knows too
import { tf } from '../../lib/src/tensorflow/load';
import { FILES } from '../../web/src/page-data';

const SIDE = 224; // pixels: what nets that take any size were trained on (He et al. 2015, arXiv 1512.03385, section 3.4)

export interface CheckedModel {
  readonly name: string;
  /** Height and width of the images that it takes, in pixels. */
  readonly side: number;
  readonly classes: number;
}

/**
 * Opens a model as the page will, so that one it cannot open is refused here and not in a browser.
 *
 * @throws Error when it has other layers than the page knows, and when it is not a net from square colour images to probabilities
 */
export async function checkModel(directory: string): Promise<CheckedModel> {
  const model = await tf
    .loadLayersModel(tf.io.fileSystem(path.join(directory, FILES.model)))
    .catch((error: Error) => refuse(directory, error.message.split(/\.\s|\n/)[0], { cause: error }));
  try {
    return { name: model.name, ...shapeOf(model, directory) };
  } finally {
    model.dispose();
  }
}

function shapeOf({ inputs, outputs }: LayersModel, directory: string): Omit<CheckedModel, 'name'> {
  const [, height, width, channels] = inputs[0].shape;
  const square = inputs.length === 1 && inputs[0].shape.length === 4 && height === width && channels === 3;
  if (!square) refuse(directory, `it takes [${inputs.map(({ shape }) => shape).join('] and [')}]`);
  const classes = outputs[0].shape[1];
  const { activation } = outputs[0].sourceLayer as { activation?: { getClassName(): string } };
  const softmax =
    outputs[0].sourceLayer.getClassName() === 'Softmax' || activation?.getClassName() === 'softmax';
  if (outputs.length !== 1 || outputs[0].shape.length !== 2 || !classes || !softmax) {
    refuse(directory, 'it does not end in a softmax over classes');
  }
  return { side: height ?? SIDE, classes: classes as number };
}

function refuse(directory: string, why: string, options?: ErrorOptions): never {
  throw new Error(
    `cannot show the model in ${directory}; ${why}: the page opens nets from square colour images to class probabilities, ` +
      "made of TensorFlow.js's own layers and of Normalization; name another by --model",
    options,
  );
}
