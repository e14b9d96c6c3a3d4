import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heatGrid } from '../../lib/src/plot/heat-grid';
import { colourOf } from '../../lib/src/plot/pixels';
import { pngUrl } from '../../lib/src/plot/png';
import { checkedSvg, count, rowsOf, textsOf } from './checked-svg';
import { smallPredictions, smallSplit } from './small-data';

const split = smallSplit(); // images of 4x5 pixels
const predictions = smallPredictions();
/** Two places, one above the other: only the lower speaks for the class. */
const cam = (classIndex: number) => ({
  ...{ heat: Float32Array.of(0, 1), height: 2, width: 1, layer: 'conv' },
  classIndex,
});

test('beside an image stand its heats, named for their classes', async () => {
  const images = [
    { index: 0, cams: [cam(0), cam(1)] },
    { index: 2, cams: [cam(0), cam(2)] },
  ];
  const spec = heatGrid(split, images, predictions, { title: 'Where?' });
  assert.deepEqual(
    rowsOf(spec).map(({ image, caption, note, verdict, heat }) => [image, caption || note, verdict, heat]),
    [
      [0, 'cat 70 %', 'right', 'none'],
      [0, 'for cat', undefined, 'for cat, at conv'],
      [0, 'for dog', undefined, 'for dog, at conv'],
      [2, 'cat 50 %', 'wrong', 'none'],
      [2, 'for cat', undefined, 'for cat, at conv'],
      [2, 'for a < b & c', undefined, 'for a < b & c, at conv'],
    ],
  );
  const svg = await checkedSvg(spec);
  assert.equal(count(svg, /<image /g), 6);
  for (const text of ['Where?', 'for dog', 'true: a &lt; b &amp; c']) assert.ok(textsOf(svg).includes(text));
});

test('the heat is enlarged between the centres of its places, and lies over the image in grey', () => {
  const black = { ...split, images: new Uint8Array(split.images.length) };
  const [, tile] = rowsOf(heatGrid(black, [{ index: 0, cams: [cam(0)] }], predictions, { scale: 1 }));
  // four rows over two places, whose centres lie at 0.5 and 2.5 in rows
  const rgb = [0, 0.25, 0.75, 1].flatMap((share) => {
    const colour = colourOf(share, 'viridis').map((c) => Math.round(0.6 * c));
    return Array.from({ length: 5 }, () => colour).flat();
  });
  assert.equal(tile.url, pngUrl({ width: 5, height: 4, rgb: Uint8Array.from(rgb) }));
});

test('several images may share a row', () => {
  const images = [0, 1, 3].map((index) => ({ index, cams: [cam(0)] }));
  const rows = rowsOf(heatGrid(split, images, predictions, { perRow: 2 }));
  assert.equal(new Set(rows.slice(0, 4).map(({ textTop }) => textTop)).size, 1);
  assert.notEqual(rows[3].textTop, rows[4].textTop);
});

test('a heat grid refuses what it cannot draw', () => {
  assert.throws(() => heatGrid(split, [], predictions), {
    name: 'RangeError',
    message: 'cannot draw "six test images"; at least one image is needed: 0',
  });
  const uneven = [
    { index: 0, cams: [cam(0)] },
    { index: 1, cams: [] },
  ];
  assert.throws(() => heatGrid(split, uneven, predictions), {
    name: 'TypeError',
    message: 'invalid images; not all with as many heats: 1 and 0',
  });
  assert.throws(() => heatGrid(split, [{ index: 0, cams: [] }], predictions, { perRow: 0 }), {
    name: 'RangeError',
    message: 'invalid perRow; not a positive integer: 0',
  });
});
