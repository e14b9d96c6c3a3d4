import assert from 'node:assert/strict';
import { test } from 'node:test';
import { neighbourGrid } from '../../lib/src/plot/neighbour-grid';
import { pixelsOf } from '../../lib/src/plot/pixels';
import { pngUrl } from '../../lib/src/plot/png';
import { checkedSvg, count, rowsOf, textsOf } from './checked-svg';
import { smallSplit } from './small-data';

const split = smallSplit(); // classes 0, 1, 2, 0, 1, 2
const neighbour = (index: number, similarity: number) => ({ index, similarity });

test('a row is an image, named by most of its neighbours, and these, right where they are of its class', async () => {
  const rows = [
    { index: 0, neighbours: [neighbour(3, 0.91), neighbour(1, 0.5)] },
    { index: 4, neighbours: [neighbour(2, 0.25), neighbour(1, -0.125)] }, // as many of either class
  ];
  const spec = neighbourGrid(split, rows, { scale: 2, title: 'Alike' });
  assert.deepEqual(
    rowsOf(spec).map(({ image, caption, similarity, verdict }) => [image, caption, similarity, verdict]),
    [
      [0, 'cat', 'itself', 'right'],
      [3, 'cat', '0.910', 'right'],
      [1, 'dog', '0.500', 'wrong'],
      [4, 'a < b & c', 'itself', 'wrong'],
      [2, 'a < b & c', '0.250', 'wrong'],
      [1, 'dog', '-0.125', 'right'],
    ],
  );
  assert.equal(rowsOf(spec)[4].url, pngUrl(pixelsOf(split, 2), 2));
  const svg = await checkedSvg(spec);
  assert.equal(count(svg, /<image /g), 6);
  for (const text of ['Alike', '0.910', 'true: dog']) assert.ok(textsOf(svg).includes(text), text);
});

test("most of an image's neighbours outvote the nearest", () => {
  const neighbours = [neighbour(1, 0.9), neighbour(2, 0.8), neighbour(5, 0.7)];
  const [image] = rowsOf(neighbourGrid(split, [{ index: 0, neighbours }]));
  assert.deepEqual([image.caption, image.verdict], ['a < b & c', 'wrong']);
});

test('rows of different lengths, and none, are refused', () => {
  const rows = [
    { index: 0, neighbours: [neighbour(3, 1)] },
    { index: 1, neighbours: [neighbour(3, 1), neighbour(2, 1)] },
  ];
  assert.throws(() => neighbourGrid(split, rows), {
    name: 'TypeError',
    message: 'invalid rows; not all with as many neighbours, or none: 1 and 2',
  });
  assert.throws(() => neighbourGrid(split, [{ index: 0, neighbours: [] }]), {
    message: 'invalid rows; not all with as many neighbours, or none: 0',
  });
  assert.throws(() => neighbourGrid(split, []), {
    name: 'RangeError',
    message: 'cannot draw "six test images"; at least one image is needed: 0',
  });
});
