import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { buildResNet } from '../model/build-resnet';
import { readKerasWeights } from './keras-weights';
import { type KnownNet, type KnownNetOptions, knownNet, sourceOf } from './known-nets';
import { readTorchWeights } from './torch-weights';

export interface ImportedNet extends KnownNet {
  /** Not compiled; the caller disposes it. */
  readonly model: LayersModel;
}

/**
 * A net with the weights of a file that torchvision, timm or Keras wrote.
 *
 * ```ts
 * const { model, preprocess: mode } = await importNet('resnet50.safetensors', 'resnet50');
 * const probabilities = model.predict(preprocess(images, mode));          // images 0..255, of any size
 * ```
 *
 * @param file `.safetensors`, `.h5`, `.weights.h5` or `.keras`
 * @param name the makers' of the net: `resnet50`, and see {@link knownNet}
 * @throws RangeError for a name or an end of a file that is not known; whatever reading the file throws
 */
export async function importNet(
  file: string,
  name: string,
  options: KnownNetOptions = {},
): Promise<ImportedNet> {
  const known = knownNet(name, sourceOf(file), options);
  const model = buildResNet(known.config, { seed: null });
  try {
    await (known.source === 'torch' ? readTorchWeights : readKerasWeights)(model, file);
    return { ...known, model };
  } catch (error) {
    model.dispose();
    throw error;
  }
}
