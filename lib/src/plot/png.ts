/** Writes PNG files of 8-bit colours without transparency (W3C, Portable Network Graphics, third edition). */
import { deflateSync } from 'node:zlib';

/** Colours, `[height, width, 3]`: red, green and blue, each 0..255, in row-major order. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const CHANNELS = 3;
const SUB = 1; // filter types: differences to the pixel on the left, to the row above
const UP = 2;

/**
 * The bytes of a PNG file in which every pixel is drawn as a square of `scale` x `scale`, so that no viewer blurs it.
 *
 * @throws TypeError when `rgb` is not `[height, width, 3]`
 * @throws RangeError when `scale` is not a positive integer
 */
export function encodePng({ width, height, rgb }: Pixels, scale = 1): Buffer {
  if (rgb.length !== height * width * CHANNELS) {
    throw new TypeError(
      `invalid pixels; ${height}x${width} need ${height * width * CHANNELS} bytes: ${rgb.length}`,
    );
  }
  if (!Number.isInteger(scale) || scale < 1) {
    throw new RangeError(`invalid scale; not a positive integer: ${scale}`);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width * scale, 0);
  header.writeUInt32BE(height * scale, 4);
  header.set([8, 2], 8); // bits per channel, colour type: red, green, blue
  const rows = Array.from({ length: height }, (_, y) => scaledRow(rgb, width, y, scale));
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** The same file as an address that needs no network. */
export function pngUrl(pixels: Pixels, scale = 1): string {
  return `data:image/png;base64,${encodePng(pixels, scale).toString('base64')}`;
}

/** Row `y`, drawn `scale` times: once as differences to the left, then as no difference to the row above. */
function scaledRow(rgb: Uint8Array, width: number, y: number, scale: number): Buffer {
  const bytes = 1 + width * scale * CHANNELS;
  const rows = Buffer.alloc(bytes * scale);
  rows[0] = SUB;
  for (let x = 0; x < width; x++) {
    const from = (y * width + x) * CHANNELS;
    for (let c = 0; c < CHANNELS; c++) {
      const left = x === 0 ? 0 : rgb[from - CHANNELS + c];
      rows[1 + x * scale * CHANNELS + c] = rgb[from + c] - left; // stored modulo 256, as the format wants it
    }
  }
  for (let copy = 1; copy < scale; copy++) rows[copy * bytes] = UP;
  return rows;
}

function chunk(type: string, data: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(content.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(content, 4);
  framed.writeUInt32BE(crc32(content), content.length + 4);
  return framed;
}

/** The format's checksum; `zlib.crc32` came with Node 20.15 only. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
