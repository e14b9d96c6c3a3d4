/**
 * A `.keras` file: a zip of `config.json`, `metadata.json` and `model.weights.h5` (keras.io/guides/serialization_and_saving). It is
 * unpacked in memory, and only what is needed of it.
 */
import { buf as crc32 } from 'crc-32';
import { type UnzipFileInfo, unzipSync } from 'fflate';
import { layerNames } from './keras-config';

const CONFIG = 'config.json';
const WEIGHTS = 'model.weights.h5';
const MAX_CONFIG = 1 << 24; // bytes; ResNet-152's has 300,000
const DEFLATED = 8; // a zip's number for compressed entries; the others are stored as they are

export interface KerasArchive {
  /** An HDF5 file. */
  readonly weights: Uint8Array;
  /** Names of layers, by the groups that hold their weights. */
  readonly names: ReadonlyMap<string, string>;
}

/** Whether a file that begins with these bytes is meant to be a zip. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b; // PK
}

/**
 * Nothing is unpacked before all that the zip claims to hold is checked.
 *
 * @param limit bytes that its weights may have, unpacked
 * @param what the file's name, for errors
 * @throws Error when it is truncated, damaged, not Keras's, larger than the limit, or has entries outside of itself
 */
export function openKerasArchive(bytes: Uint8Array, limit: number, what: string): KerasArchive {
  const refuse = (why: string): never => {
    throw new Error(`cannot read ${what}; ${why}`);
  };
  const whole = <T>(read: () => T): T => {
    try {
      return read();
    } catch {
      return refuse('its zip is truncated or damaged');
    }
  };
  const unzip = (filter: (entry: UnzipFileInfo) => boolean) => whole(() => unzipSync(bytes, { filter }));
  const entries: UnzipFileInfo[] = [];
  unzip((entry) => {
    entries.push(entry);
    return false;
  });
  const outside = entries.find(({ name }) => isOutside(name));
  if (outside) refuse(`it has an entry outside of itself: ${JSON.stringify(outside.name)}`);
  const limits = { [CONFIG]: MAX_CONFIG, [WEIGHTS]: limit };
  for (const [name, most] of Object.entries(limits)) checkEntry(entries, name, most, refuse);

  const files = unzip(({ name }) => Object.hasOwn(limits, name));
  const sums = whole(() => checksums(bytes));
  for (const [i, { name, originalSize }] of entries.entries()) {
    if (!Object.hasOwn(files, name)) continue;
    if (files[name].length !== originalSize || crc32(files[name]) !== sums[i])
      refuse('its zip is truncated or damaged');
  }
  const names = layerNames(new TextDecoder().decode(files[CONFIG]));
  return { weights: files[WEIGHTS], names: names ?? refuse(`its ${CONFIG} lists no layers`) };
}

/** It is there once, and claims no more than it may have. */
function checkEntry(
  entries: readonly UnzipFileInfo[],
  name: string,
  most: number,
  refuse: (why: string) => never,
): void {
  const [entry, second] = entries.filter((entry) => entry.name === name);
  if (!entry) refuse(`it is not Keras's: it has no ${name}`);
  if (second) refuse(`it has ${name} twice`);
  const { size, originalSize, compression } = entry;
  if (originalSize > most) refuse(`its ${name} may have ${most} bytes: ${originalSize}`);
  if (compression !== DEFLATED && size !== originalSize) refuse('its zip is truncated or damaged');
}

/**
 * What the CRC-32 of each entry must be, in order; the library that unpacks them does not compare. The directory, which it has found,
 * lies before the archive's end record (PKWARE, .ZIP File Format Specification 6.3.10, 4.3.12 and 4.3.16).
 */
function checksums(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let end = bytes.length - 22;
  while (view.getUint32(end, true) !== 0x06054b50) end -= 1; // a comment may follow
  let at = view.getUint32(end + 16, true);
  return Array.from({ length: view.getUint16(end + 8, true) }, () => {
    const sum = view.getInt32(at + 16, true); // signed, as the function has it
    const [name, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    at += 46 + name + extra + comment;
    return sum;
  });
}

function isOutside(name: string): boolean {
  return /^([/\\]|[a-z]:)/i.test(name) || name.split(/[/\\]/).includes('..');
}
