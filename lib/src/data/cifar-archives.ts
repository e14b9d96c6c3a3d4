/** The upstream archives, from https://www.cs.toronto.edu/~kriz/cifar.html (Krizhevsky 2009). */
import { CIFAR10_FOLDER, CIFAR10_TEST_FILE, CIFAR10_TRAIN_FILES } from './cifar10';
import { CIFAR100_FOLDER, CIFAR100_NAMES_FILE, CIFAR100_TEST_FILE, CIFAR100_TRAIN_FILE } from './cifar100';

export interface CifarArchive {
  /** The set's name in messages, e.g. `"CIFAR-10"`. */
  readonly set: string;
  readonly url: string;
  /** Size of the archive. */
  readonly bytes: number;
  /** Of the archive, in lower-case hexadecimal. */
  readonly sha256: string;
  /** The one folder in the archive. */
  readonly folder: string;
  /** What is needed of it, in bytes by file name; undefined where any size will do. */
  readonly files: Readonly<Record<string, number | undefined>>;
}

export const CIFAR10_RECORD = 1 + 3072; // bytes: the class, then a plane for each colour
const CIFAR100_RECORD = 2 + 3072; // bytes

export const CIFAR_ARCHIVES: Readonly<Record<'cifar10' | 'cifar100', CifarArchive>> = {
  cifar10: {
    set: 'CIFAR-10',
    url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
    bytes: 170_052_171,
    sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
    folder: CIFAR10_FOLDER,
    files: Object.fromEntries(
      [...CIFAR10_TRAIN_FILES, CIFAR10_TEST_FILE].map((name) => [name, 10_000 * CIFAR10_RECORD]),
    ),
  },
  cifar100: {
    set: 'CIFAR-100',
    url: 'https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz',
    bytes: 168_513_733,
    sha256: '58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec',
    folder: CIFAR100_FOLDER,
    files: {
      [CIFAR100_TRAIN_FILE]: 50_000 * CIFAR100_RECORD,
      [CIFAR100_TEST_FILE]: 10_000 * CIFAR100_RECORD,
      [CIFAR100_NAMES_FILE]: undefined,
    },
  },
};
