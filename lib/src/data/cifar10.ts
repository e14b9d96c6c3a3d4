import { CIFAR_IMAGE_SHAPE, cifarFolder, type RecordLayout, readRecords } from './cifar-binary';
import type { DataSet } from './split';

/** The ten classes in the order of their labels (`batches.meta.txt` of the archive). */
export const CIFAR10_CLASS_NAMES = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
] as const;

/** The folder inside the upstream archive. */
export const CIFAR10_FOLDER = 'cifar-10-batches-bin';

export const CIFAR10_TRAIN_FILES = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`);
export const CIFAR10_TEST_FILE = 'test_batch.bin';

const LAYOUT: RecordLayout = {
  set: 'CIFAR-10',
  labelBytes: 1,
  labelAt: 0,
  classes: CIFAR10_CLASS_NAMES.length,
  remedy: 'see data/README.md for the binary version of CIFAR-10 and where to put it',
};

/**
 * Reads the binary version of CIFAR-10: 50,000 training and 10,000 test images of 32x32 pixels in ten classes
 * (Krizhevsky 2009).
 *
 * @param directory `cifar-10-batches-bin`, or the folder that holds it
 * @param options.recordsPerFile images in each of the six files; 10,000 upstream
 * @throws Error naming the file at fault, what was expected and what was found
 */
export function readCifar10(directory: string, { recordsPerFile = 10_000 } = {}): DataSet {
  const folder = cifarFolder(directory, CIFAR10_FOLDER);
  const common = { classNames: CIFAR10_CLASS_NAMES, imageShape: CIFAR_IMAGE_SHAPE };
  return {
    name: 'CIFAR-10',
    source: 'cifar10',
    train: {
      name: 'CIFAR-10 training images',
      ...readRecords(folder, CIFAR10_TRAIN_FILES, recordsPerFile, LAYOUT),
      ...common,
    },
    test: {
      name: 'CIFAR-10 test images',
      ...readRecords(folder, [CIFAR10_TEST_FILE], recordsPerFile, LAYOUT),
      ...common,
    },
  };
}
