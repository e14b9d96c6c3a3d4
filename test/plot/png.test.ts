import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { encodePng, pngUrl } from '../../lib/src/plot/png';

const rgb = Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30, 250, 240, 230, 1, 2, 3]);
const pixels = { width: 3, height: 2, rgb };

/** A second opinion on the file: reads it by the format's own rules, filters undone. */
function decode(png: Buffer): { width: number; height: number; rgb: number[] } {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  assert.deepEqual([...png.subarray(24, 29)], [8, 2, 0, 0, 0]);
  const length = png.readUInt32BE(33);
  assert.equal(png.toString('latin1', 37, 41), 'IDAT');
  const data = inflateSync(png.subarray(41, 41 + length));
  const stride = width * 3;
  const out: number[] = [];
  for (let y = 0; y < height; y++) {
    const filter = data[y * (stride + 1)];
    for (let i = 0; i < stride; i++) {
      const byte = data[y * (stride + 1) + 1 + i];
      const left = i >= 3 ? out[y * stride + i - 3] : 0;
      const up = y > 0 ? out[(y - 1) * stride + i] : 0;
      out.push((byte + [0, left, up][filter]) % 256);
    }
  }
  return { width, height, rgb: out };
}

test('a PNG file holds the pixels it was made of', () => {
  assert.deepEqual(decode(encodePng(pixels)), { width: 3, height: 2, rgb: [...rgb] });
});

test('a scaled PNG file repeats every pixel in both directions', () => {
  const scaled = decode(encodePng(pixels, 4));
  assert.deepEqual([scaled.width, scaled.height], [12, 8]);
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 12; x++) {
      const from = (Math.floor(y / 4) * 3 + Math.floor(x / 4)) * 3;
      assert.deepEqual(scaled.rgb.slice((y * 12 + x) * 3, (y * 12 + x) * 3 + 3), [
        ...rgb.slice(from, from + 3),
      ]);
    }
  }
});

test('a PNG file begins with the signature and its checksums are those of the format', () => {
  const png = encodePng({ width: 1, height: 1, rgb: Uint8Array.from([0, 0, 0]) });
  assert.equal(png.subarray(0, 8).toString('hex'), '89504e470d0a1a0a');
  assert.equal(png.subarray(-12).toString('hex'), '0000000049454e44ae426082'); // the same end in every PNG file
});

test('an address holds the file itself', () => {
  const [, data] = pngUrl(pixels).split('data:image/png;base64,');
  assert.deepEqual(Buffer.from(data, 'base64'), encodePng(pixels));
});

test('pixels of a wrong length and a scale that is no positive integer are refused', () => {
  assert.throws(() => encodePng({ ...pixels, height: 3 }), {
    name: 'TypeError',
    message: 'invalid pixels; 3x3 need 27 bytes: 18',
  });
  assert.throws(() => encodePng(pixels, 1.5), {
    name: 'RangeError',
    message: 'invalid scale; not a positive integer: 1.5',
  });
});
