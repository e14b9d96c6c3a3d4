/** What the binary versions of CIFAR-10 and CIFAR-100 have in common: files of fixed-size records. */
import fs from 'node:fs';
import path from 'node:path';
import type { ImageShape } from './split';

/** `[height, width, channels]` of a CIFAR image. */
export const CIFAR_IMAGE_SHAPE: ImageShape = [32, 32, 3];

const PIXELS = 32 * 32;
const IMAGE_BYTES = 3 * PIXELS;

/** How the records of one set are laid out. */
export interface RecordLayout {
  /** The set's name in messages, e.g. `"CIFAR-10"`. */
  readonly set: string;
  /** Label bytes before the 3,072 pixel bytes. */
  readonly labelBytes: number;
  /** Which of the label bytes holds the class, 0-based. */
  readonly labelAt: number;
  /** Labels lie in `[0, classes)`. */
  readonly classes: number;
  /** Printed after every complaint: where a good copy comes from. */
  readonly remedy: string;
}

/** The folder that holds `folder`'s files: `directory` itself, or `folder` inside it where that exists. */
export function cifarFolder(directory: string, folder: string): string {
  const inside = path.join(directory, folder);
  return isDirectory(inside) ? inside : directory;
}

export function isDirectory(name: string): boolean {
  return fs.statSync(name, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/**
 * Reads `files` of `recordsPerFile` records each, in order.
 *
 * A record is `labelBytes` label bytes and 3,072 pixel bytes, all red before all green before all blue, each in rows from
 * the top left. The result holds the pixels as `[n, height, width, channels]`.
 *
 * @throws Error naming the file, what was expected and what was found, when a file is missing, of another size, or holds a
 *   label outside `[0, classes)`
 */
export function readRecords(
  directory: string,
  files: readonly string[],
  recordsPerFile: number,
  layout: RecordLayout,
): { images: Uint8Array; labels: Uint8Array } {
  const images = new Uint8Array(files.length * recordsPerFile * IMAGE_BYTES);
  const labels = new Uint8Array(files.length * recordsPerFile);
  const recordBytes = layout.labelBytes + IMAGE_BYTES;
  files.forEach((name, fileIndex) => {
    const file = path.join(directory, name);
    const bytes = readExactly(file, recordsPerFile, recordBytes, layout);
    for (let record = 0; record < recordsPerFile; record++) {
      const label = bytes[record * recordBytes + layout.labelAt];
      if (label >= layout.classes) {
        throw new Error(
          `cannot read ${layout.set}; ${file} is not one of its files: record ${record} has label ${label}, expected 0 to ${layout.classes - 1}; ${layout.remedy}`,
        );
      }
      const index = fileIndex * recordsPerFile + record;
      labels[index] = label;
      interleave(bytes, record * recordBytes + layout.labelBytes, images, index * IMAGE_BYTES);
    }
  });
  return { images, labels };
}

function readExactly(file: string, records: number, recordBytes: number, layout: RecordLayout): Uint8Array {
  const expected = records * recordBytes;
  const expectation = `expected ${expected} bytes (${records} records of ${recordBytes})`;
  const found = fs.statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile()) {
    throw new Error(`cannot read ${layout.set}; ${file} is missing: ${expectation}; ${layout.remedy}`);
  }
  if (found.size !== expected) {
    const fault = found.size < expected ? 'too short' : 'too long';
    throw new Error(
      `cannot read ${layout.set}; ${file} is ${fault}: ${expectation}, found ${found.size}; ${layout.remedy}`,
    );
  }
  return fs.readFileSync(file);
}

/** Colour planes -> `[height, width, channels]`. */
function interleave(from: Uint8Array, start: number, to: Uint8Array, at: number): void {
  for (let pixel = 0; pixel < PIXELS; pixel++) {
    to[at + 3 * pixel] = from[start + pixel];
    to[at + 3 * pixel + 1] = from[start + PIXELS + pixel];
    to[at + 3 * pixel + 2] = from[start + 2 * PIXELS + pixel];
  }
}
