import assert from 'node:assert/strict';
import { test } from 'node:test';
import { featureMapGrid } from '../../lib/src/plot/feature-map-grid';
import { pngUrl } from '../../lib/src/plot/png';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { checkedSvg, count, rowsOf, textsOf } from './checked-svg';

const activations = [
  [
    [0, 5],
    [1, 5],
  ], // [height 1.., width 2, channels 2]
  [
    [4, 5],
    [2, 5],
  ],
];
const grey = (bytes: number[]) => ({
  width: 2,
  height: 2,
  rgb: Uint8Array.from(bytes.flatMap((b) => [b, b, b])),
});

test('each channel is a map on its own scale, black where it never varies', async () => {
  const spec = featureMapGrid(activations, { title: 'stem', colours: 'grey', scale: 10 });
  assert.deepEqual(
    rowsOf(spec).map(({ url }) => url),
    [pngUrl(grey([0, 64, 255, 128]), 10), pngUrl(grey([0, 0, 0, 0]), 10)],
  );
  const svg = await checkedSvg(spec);
  assert.equal(count(svg, /<image /g), 2);
  assert.deepEqual(textsOf(svg), ['stem', '2 channels of 2 × 2, each on its own scale, bright is high']);
});

test('maps on one scale can be compared', () => {
  const spec = featureMapGrid(activations, { title: 'stem', colours: 'grey', scale: 1, normalise: 'all' });
  assert.deepEqual(
    rowsOf(spec).map(({ url }) => url),
    [pngUrl(grey([0, 51, 204, 102])), pngUrl(grey([255, 255, 255, 255]))],
  );
});

test('a tensor, with or without a batch of one, gives the same plot as its numbers', async () => {
  const options = { title: 'stem' };
  await withoutLeaks(() => {
    const [three, four] = [tf.tensor3d(activations), tf.tensor4d([activations])];
    assert.deepEqual(featureMapGrid(three, options), featureMapGrid(activations, options));
    assert.deepEqual(featureMapGrid(four, options), featureMapGrid(activations, options));
    tf.dispose([three, four]);
  });
});

test('only the first channels are drawn where there are too many, and the plot says so', async () => {
  const deep = [[Array.from({ length: 100 }, (_, i) => i)]];
  const svg = await checkedSvg(featureMapGrid(deep, { title: 'deep', channels: 3 }));
  assert.equal(count(svg, /<image /g), 3);
  assert.ok(textsOf(svg)[1].startsWith('the first 3 of 100 channels of 1 × 1'));
});

test('activations of another shape are refused', () => {
  const message = (found: string) =>
    `invalid activations; not [height, width, channels] of one image: ${found}; take a layer before the pooling to a vector`;
  const vector = tf.zeros([1, 128]);
  assert.throws(() => featureMapGrid(vector, { title: '' }), {
    name: 'TypeError',
    message: message('[1, 128]'),
  });
  vector.dispose();
  assert.throws(() => featureMapGrid([[[1, 2], [3]]], { title: '' }), { message: message('a ragged array') });
  assert.throws(() => featureMapGrid(activations, { title: '', channels: 0 }), {
    name: 'RangeError',
    message: 'invalid channels; not a positive integer: 0',
  });
});
