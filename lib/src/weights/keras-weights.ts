/** Weights of Keras, in and out: of keras.applications' ResNets, of the article's net, and of any model of ours. */
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { replaceFile } from '../train/durable-directory';
import { writeH5 } from './h5-file';
import { readKerasFile } from './keras-file';
import { kerasLayers, kerasPlaces } from './keras-places';
import { placeWeights } from './place-weights';

const EXTENSION = '.weights.h5';
const COPIES = 5; // of each weight: itself, what an optimizer keeps of it, at most three (AMSGrad), and an average
const OVERHEAD = 1 << 24; // bytes of names and structure

/**
 * Gives a model the weights and batch norm statistics of a file that Keras has written: Keras 3's `.keras` and `.weights.h5`, or the
 * `.h5` of Keras 2, of `keras.applications` too. All of them or none. The states of optimizers are passed over.
 *
 * The model may be `buildResNet(kerasResNetConfig(50))` for `keras.applications.ResNet50`, and so on; the article's `ResNet(10)`; one
 * whose layers have in Keras the same names, or the same order. Images go in as the weights want them; nothing here preprocesses them.
 *
 * @throws Error for a file that is missing, truncated, damaged or not Keras's, and for tensors that are missing, left over or of another
 *   shape, which it lists. The model is as before
 */
export async function readKerasWeights(model: LayersModel, file: string): Promise<void> {
  const bytes =
    4 * model.weights.reduce((sum, { shape }) => sum + shape.reduce<number>((n, side) => n * side!, 1), 0);
  await readKerasFile(file, COPIES * bytes + OVERHEAD, (tensors) => {
    const { places, found } = kerasPlaces(model, tensors);
    placeWeights(model, places, found, file);
  });
}

/**
 * Writes weights and batch norm statistics so that `keras_model.load_weights(file)` of the same model in Keras 3 takes them: one of
 * keras.applications, the article's, or one whose layers of each kind come in the same order. They are written beside `file`, which is
 * replaced when the disk has them all.
 *
 * @param file `.weights.h5` at its end, since Keras goes by that
 * @throws RangeError for another end
 */
export async function writeKerasWeights(model: LayersModel, file: string): Promise<void> {
  if (!file.endsWith(EXTENSION))
    throw new RangeError(`invalid file; its name does not end in ${EXTENSION}: ${file}`);
  const bytes = await writeH5((root) => {
    const groups = root.create_group('layers');
    for (const { layer, group } of kerasLayers(model)) {
      const vars = groups.create_group(group).create_group('vars');
      vars.create_attribute('name', layer.name);
      for (const [i, weight] of layer.weights.entries()) {
        const value = weight.read();
        const data = value.dataSync<'float32'>();
        vars.create_dataset({ name: `${i}`, data, shape: value.shape, dtype: '<f' });
      }
    }
  });
  await replaceFile(file, [bytes]);
}
