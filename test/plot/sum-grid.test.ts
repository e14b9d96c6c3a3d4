import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pngUrl } from '../../lib/src/plot/png';
import { signedColour } from '../../lib/src/plot/signed-colour';
import { sumGrid } from '../../lib/src/plot/sum-grid';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { checkedSvg, count, rowsOf, textsOf } from './checked-svg';

/** One row of two pixels in two channels. */
const x = tf.tensor3d([1, 0, 2, 0], [1, 2, 2]);
const branch = tf.tensor4d([1, 0, -4, 0], [1, 1, 2, 2]);
const sum = tf.tensor3d([2, 0, -2, 0], [1, 2, 2]);

const pixelsOf = (...shares: number[]) => ({
  width: shares.length,
  height: 1,
  rgb: Uint8Array.from(shares.flatMap((share) => signedColour(share))),
});

test('what a sum adds up stands below each other, all maps of a channel on one scale around 0', async () => {
  const spec = sumGrid({ x, 'F(x)': branch, 'x + F(x)': sum }, { title: 'block 2', scale: 3 });
  const zero = pngUrl(pixelsOf(0, 0), 3);
  assert.deepEqual(
    rowsOf(spec).map(({ map, channel, url }) => [map, channel, url]),
    [
      ['x', 0, pngUrl(pixelsOf(0.25, 0.5), 3)],
      ['x', 1, zero],
      ['F(x)', 0, pngUrl(pixelsOf(0.25, -1), 3)],
      ['F(x)', 1, zero],
      ['x + F(x)', 0, pngUrl(pixelsOf(0.5, -0.5), 3)],
      ['x + F(x)', 1, zero],
    ],
  );
  const svg = await checkedSvg(spec);
  assert.equal(count(svg, /<image /g), 6);
  assert.ok(textsOf(svg).includes('block 2'));
});

test('only the channels asked for are drawn, and nothing is left behind', async () => {
  const spec = await withoutLeaks(() => sumGrid({ x, sum }, { title: '', channels: [1] }));
  assert.deepEqual(
    rowsOf(spec).map(({ map, channel }) => [map, channel]),
    [
      ['x', 1],
      ['sum', 1],
    ],
  );
});

test('maps that cannot be summed and channels that are not there are refused', () => {
  const rule = 'invalid maps; not all [height, width, channels] of one image, of one shape';
  assert.throws(() => sumGrid({}, { title: '' }), { name: 'TypeError', message: `${rule}: none` });
  const wide = tf.zeros([1, 3, 2]);
  assert.throws(() => sumGrid({ x, wide }, { title: '' }), { message: `${rule}: [1, 2, 2] and [1, 3, 2]` });
  wide.dispose();
  const vector = tf.zeros([1, 2]);
  assert.throws(() => sumGrid({ vector }, { title: '' }), { message: `${rule}: [1, 2]` });
  vector.dispose();
  assert.throws(() => sumGrid({ x }, { title: '', channels: [0, 2] }), {
    name: 'RangeError',
    message: 'invalid channel; not in [0, 2): 2',
  });
});

test('opposite numbers are equally far from white, in different hues', () => {
  const [below, zero, above] = [-1, 0, 1].map(signedColour);
  const luma = ([red, green, blue]: readonly number[]) => 0.299 * red + 0.587 * green + 0.114 * blue;
  assert.ok(Math.abs(luma(below) - luma(above)) < 30, `${luma(below)} and ${luma(above)}`);
  assert.ok(below[2] > below[0] && above[0] > above[2]);
  assert.ok(Math.min(...zero) === Math.max(...zero) && zero[0] > 240);
  assert.deepEqual([signedColour(7), signedColour(Number.NaN)], [above, zero]);
});
