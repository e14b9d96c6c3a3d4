import fs from 'node:fs';
import path from 'node:path';
import { CIFAR_IMAGE_SHAPE, cifarFolder, type RecordLayout, readRecords } from './cifar-binary';
import type { DataSet } from './split';

/** The folder inside the upstream archive. */
export const CIFAR100_FOLDER = 'cifar-100-binary';

export const CIFAR100_TRAIN_FILE = 'train.bin';
export const CIFAR100_TEST_FILE = 'test.bin';
export const CIFAR100_NAMES_FILE = 'fine_label_names.txt';

const LAYOUT: RecordLayout = {
  set: 'CIFAR-100',
  labelBytes: 2, // superclass (20 of them), then class
  labelAt: 1,
  classes: 100,
  remedy: 'see data/README.md for the binary version of CIFAR-100 and where to put it',
};

/**
 * Reads the binary version of CIFAR-100 with its hundred classes (the fine labels): 50,000 training and 10,000 test
 * images of 32x32 pixels (Krizhevsky 2009).
 *
 * @param directory `cifar-100-binary`, or the folder that holds it
 * @param options images in `train.bin` and `test.bin`; 50,000 and 10,000 upstream
 * @throws Error naming the file at fault, what was expected and what was found
 */
export function readCifar100(
  directory: string,
  { trainRecords = 50_000, testRecords = 10_000 } = {},
): DataSet {
  const folder = cifarFolder(directory, CIFAR100_FOLDER);
  const common = { classNames: readClassNames(folder), imageShape: CIFAR_IMAGE_SHAPE };
  return {
    name: 'CIFAR-100',
    source: 'cifar100',
    train: {
      name: 'CIFAR-100 training images',
      ...readRecords(folder, [CIFAR100_TRAIN_FILE], trainRecords, LAYOUT),
      ...common,
    },
    test: {
      name: 'CIFAR-100 test images',
      ...readRecords(folder, [CIFAR100_TEST_FILE], testRecords, LAYOUT),
      ...common,
    },
  };
}

function readClassNames(folder: string): string[] {
  const file = path.join(folder, CIFAR100_NAMES_FILE);
  if (!fs.existsSync(file)) {
    throw new Error(
      `cannot read CIFAR-100; ${file} is missing: expected ${LAYOUT.classes} names; ${LAYOUT.remedy}`,
    );
  }
  const names = fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (names.length !== LAYOUT.classes) {
    throw new Error(
      `cannot read CIFAR-100; ${file} is not its list of classes: expected ${LAYOUT.classes} names, found ${names.length}; ${LAYOUT.remedy}`,
    );
  }
  return names;
}
