/** A saved model without training, with the card that a training would have left. */
import { GENERATED_CLASS_NAMES } from '../../lib/src/data/generated-images';
import { ResNet } from '../../lib/src/model/resnet';
import type { ModelCard } from '../../lib/src/train/model-card';
import { saveModel } from '../../lib/src/train/save-model';

export const CARD: ModelCard = {
  data: {
    name: 'generated images (not CIFAR-10)',
    source: 'generated',
    classNames: GENERATED_CLASS_NAMES,
    trainImages: 1000,
    testImages: 100,
  },
  seed: 7,
  batchSize: 32,
  epochs: [],
  device: 'none',
  versions: {},
  commit: null,
  seconds: 0,
  stopped: 'finished',
};

export async function saveUntrained(directory: string): Promise<void> {
  const model = ResNet(10, { seed: 7 });
  await saveModel(model, directory, CARD);
  model.dispose();
}
