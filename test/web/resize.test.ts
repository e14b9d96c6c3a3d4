import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resizeBilinear } from '../../web/src/resize';

/** 4x5 pixels, and what Pillow 12's `Image.resize((side, side), Image.BILINEAR)` makes of them. */
const PICTURE = {
  width: 5,
  height: 4,
  rgb: Uint8Array.from(
    [
      [255, 228, 34, 121, 243, 189, 6, 131, 102, 168, 82, 193, 187, 150, 81],
      [243, 205, 24, 236, 8, 246, 164, 231, 36, 210, 111, 172, 210, 174, 176],
      [218, 242, 169, 114, 205, 63, 160, 47, 212, 79, 72, 112, 120, 222, 69],
      [31, 95, 108, 36, 109, 238, 69, 51, 81, 228, 211, 202, 58, 202, 65],
    ].flat(),
  ),
};
const PILLOW: Readonly<Record<number, readonly number[]>> = {
  2: [177, 167, 124, 160, 135, 138, 120, 134, 143, 132, 145, 129],
  3: [
    [211, 200, 106, 105, 148, 133, 188, 129, 142],
    [207, 174, 122, 161, 122, 135, 156, 153, 131],
    [75, 138, 152, 107, 96, 147, 122, 192, 113],
  ].flat(),
  7: [
    [255, 228, 34, 178, 237, 123, 88, 211, 164, 6, 131, 102, 122, 96, 167, 176, 111, 145, 187, 150, 81],
    [251, 220, 30, 200, 185, 133, 133, 161, 172, 62, 167, 78, 149, 114, 155, 188, 121, 155, 195, 159, 115],
    [244, 207, 25, 235, 102, 149, 206, 82, 184, 153, 224, 41, 192, 142, 135, 208, 136, 172, 208, 172, 169],
    [231, 224, 97, 199, 157, 130, 171, 116, 146, 162, 139, 124, 150, 105, 137, 154, 137, 134, 165, 198, 123],
    [205, 232, 165, 150, 213, 113, 121, 155, 112, 154, 47, 203, 108, 72, 143, 101, 141, 97, 116, 221, 69],
    [98, 148, 130, 79, 145, 156, 74, 116, 162, 102, 50, 128, 154, 129, 158, 134, 182, 125, 80, 209, 66],
    [31, 95, 108, 34, 103, 182, 45, 92, 193, 69, 51, 81, 183, 165, 167, 155, 207, 143, 58, 202, 65],
  ].flat(),
};

for (const [side, expected] of Object.entries(PILLOW)) {
  test(`4x5 pixels become ${side}x${side} as by Pillow, to a unit in 255`, () => {
    const { width, height, rgb } = resizeBilinear(PICTURE, Number(side));
    assert.deepEqual([width, height], [Number(side), Number(side)]);
    for (const [i, value] of rgb.entries())
      assert.ok(Math.abs(value - expected[i]) <= 1, `${i}: ${value}, and not ${expected[i]}`);
  });
}

test('a picture of the right size stays as it is, byte by byte', () => {
  const square = { width: 2, height: 2, rgb: PICTURE.rgb.slice(0, 12) };
  assert.deepEqual(resizeBilinear(square, 2), square);
});

test('in a much smaller picture every old pixel counts', () => {
  const stripes = { width: 64, height: 64, rgb: new Uint8Array(64 * 64 * 3) };
  for (let i = 0; i < 64 * 64; i++) if (i % 2 === 0) stripes.rgb.fill(200, i * 3, i * 3 + 3);
  for (const value of resizeBilinear(stripes, 4).rgb) assert.ok(Math.abs(value - 100) <= 2, `${value}`);
});

test('a side that is no number of pixels is refused', () => {
  assert.throws(() => resizeBilinear(PICTURE, 0), {
    name: 'RangeError',
    message: 'invalid side; not a positive integer: 0',
  });
});
