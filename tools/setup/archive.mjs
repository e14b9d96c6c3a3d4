// @ts-check
/** Reads zip files, which wheels are: their table of contents, and single files of them, each checked against its sum. */
import fs from 'node:fs';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';

/**
 * @typedef {object} Entry a file in the archive; fields of PKWARE's APPNOTE.TXT, 4.3.12
 * @property {string} name
 * @property {number} method 0 stored, 8 deflated
 * @property {number} crc
 * @property {number} packed bytes in the archive
 * @property {number} size bytes unpacked
 * @property {number} offset of its local header
 * @property {number} mode permission bits
 */

/** A file that was cut off or altered, or is no zip file. */
export class DamagedArchive extends Error {}

const END_OF_CONTENTS = 0x06054b50;
const CONTENTS_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const LONGEST_END = 22 + 0xffff; // bytes: the end record and its comment
const AT_ONCE = 1 << 20; // bytes: larger files are streamed

/**
 * An open archive; the caller closes it.
 * @param {string} file
 */
export function openArchive(file) {
  const handle = fs.openSync(file, 'r');
  const damaged = (/** @type {string} */ where) =>
    new DamagedArchive(`damaged archive; ${where}: ${path.basename(file)}`);

  const readAt = (/** @type {number} */ offset, /** @type {number} */ length) => {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, fs.readSync(handle, buffer, 0, length, offset));
  };

  const dataStart = (/** @type {Entry} */ entry) => {
    const header = readAt(entry.offset, 30);
    if (header.length < 30 || header.readUInt32LE(0) !== LOCAL_HEADER) throw damaged(entry.name);
    return entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  };

  /** @returns {Entry[]} */
  const contents = () => {
    const bytes = fs.fstatSync(handle).size;
    const tail = readAt(Math.max(0, bytes - LONGEST_END), Math.min(bytes, LONGEST_END));
    let end = tail.length - 22;
    while (end >= 0 && tail.readUInt32LE(end) !== END_OF_CONTENTS) end--;
    if (end < 0) throw damaged('its end is missing');
    const table = readAt(tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
    /** @type {Entry[]} */
    const entries = [];
    for (let at = 0; at + 46 <= table.length && table.readUInt32LE(at) === CONTENTS_ENTRY; ) {
      const [name, extra, comment] = [28, 30, 32].map((field) => table.readUInt16LE(at + field));
      entries.push({
        method: table.readUInt16LE(at + 10),
        crc: table.readUInt32LE(at + 16),
        packed: table.readUInt32LE(at + 20),
        size: table.readUInt32LE(at + 24),
        mode: (table.readUInt32LE(at + 38) >>> 16) & 0o777,
        offset: table.readUInt32LE(at + 42),
        name: table.toString('utf8', at + 46, at + 46 + name),
      });
      at += 46 + name + extra + comment;
    }
    if (entries.length !== tail.readUInt16LE(end + 10)) throw damaged('its table of contents is not whole');
    return entries;
  };

  const read = (/** @type {Entry} */ entry) => {
    const packed = readAt(dataStart(entry), entry.packed);
    let content = packed;
    try {
      if (entry.method !== 0) content = zlib.inflateRawSync(packed);
    } catch {
      throw damaged(entry.name);
    }
    if (content.length !== entry.size || checksum(content, 0) !== entry.crc) throw damaged(entry.name);
    return content;
  };

  const stream = async (
    /** @type {Entry} */ entry,
    /** @type {string} */ target,
    /** @type {(bytes: number) => void} */ onBytes,
  ) => {
    const start = dataStart(entry);
    const source = fs.createReadStream(file, {
      start,
      end: start + entry.packed - 1,
      highWaterMark: AT_ONCE,
    });
    let bytes = 0;
    let crc = 0;
    const counted = new Transform({
      transform(/** @type {Buffer} */ chunk, _encoding, done) {
        bytes += chunk.length;
        crc = checksum(chunk, crc);
        onBytes(bytes);
        done(undefined, chunk);
      },
    });
    const sink = fs.createWriteStream(target, { mode: entry.mode || 0o644 });
    try {
      if (entry.method === 0) await pipeline(source, counted, sink);
      else await pipeline(source, zlib.createInflateRaw({ chunkSize: AT_ONCE }), counted, sink);
    } catch (error) {
      const code = /** @type {NodeJS.ErrnoException} */ (error).code ?? '';
      throw /^Z_/.test(code) ? damaged(entry.name) : error; // what is not zlib's is the disk's
    }
    if (bytes !== entry.size || crc !== entry.crc) throw damaged(entry.name);
  };

  return {
    contents,
    /**
     * @param {string} suffix of the entry's name
     * @returns {string} its text
     */
    text(suffix) {
      const entry = contents().find(({ name }) => name.endsWith(suffix));
      if (!entry) throw damaged(`no ${suffix} in it`);
      return read(entry).toString('utf8');
    },
    /**
     * Unpacks the chosen files below `folder`.
     * @param {string} folder
     * @param {(name: string) => boolean} chosen
     * @param {(bytes: number) => void} onBytes unpacked so far
     */
    async extract(folder, chosen, onBytes) {
      let done = 0;
      for (const entry of contents()) {
        if (entry.name.endsWith('/') || !chosen(entry.name)) continue;
        const target = path.join(folder, entry.name);
        if (!target.startsWith(folder + path.sep)) throw damaged(`a name that leads outside, ${entry.name}`);
        fs.mkdirSync(path.dirname(target), { recursive: true });
        if (entry.packed < AT_ONCE) fs.writeFileSync(target, read(entry), { mode: entry.mode || 0o644 });
        else await stream(entry, target, (bytes) => onBytes(done + bytes));
        done += entry.size;
        onBytes(done);
      }
    },
    close: () => fs.closeSync(handle),
  };
}

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32: Node's own where it has one (20.15, 22.2 and newer). */
const checksum =
  /** @type {{ crc32?: (data: Buffer, value: number) => number }} */ (zlib).crc32 ??
  ((/** @type {Buffer} */ data, /** @type {number} */ value) => {
    let crc = ~value;
    for (const byte of data) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
    return ~crc >>> 0;
  });
