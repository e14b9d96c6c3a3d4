/** Small or empty sets in the layout of the upstream files. */
import fs from 'node:fs';
import path from 'node:path';

export const CIFAR10_FILES = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`).concat('test_batch.bin');

/** A channel value that tells record, channel, row and column apart. */
export const pixelValue = (record: number, channel: number, row: number, column: number) =>
  (record * 7 + channel * 90 + row * 3 + column) % 256;

/** One record: the label bytes, then the red, the green and the blue plane. */
export function record(labels: number[], index: number): Uint8Array {
  const bytes = new Uint8Array(labels.length + 3072);
  bytes.set(labels);
  let at = labels.length;
  for (let channel = 0; channel < 3; channel++) {
    for (let row = 0; row < 32; row++) {
      for (let column = 0; column < 32; column++) bytes[at++] = pixelValue(index, channel, row, column);
    }
  }
  return bytes;
}

/** The six files of CIFAR-10 with `recordsPerFile` records each; the label of record i of a file is i modulo 10. */
export function writeCifar10(folder: string, recordsPerFile: number): void {
  fs.mkdirSync(folder, { recursive: true });
  for (const name of CIFAR10_FILES) {
    const records = Array.from({ length: recordsPerFile }, (_, i) => record([i % 10], i));
    fs.writeFileSync(path.join(folder, name), Buffer.concat(records));
  }
}

/** The six files at their real size, all zeros, which take no room on most disks. */
export function writeEmptyCifar10(folder: string): void {
  fs.mkdirSync(folder, { recursive: true });
  for (const name of CIFAR10_FILES) {
    fs.closeSync(fs.openSync(path.join(folder, name), 'w'));
    fs.truncateSync(path.join(folder, name), 10_000 * 3073);
  }
}
