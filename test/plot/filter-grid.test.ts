import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { filterGrid } from '../../lib/src/plot/filter-grid';
import { pngUrl } from '../../lib/src/plot/png';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { checkedSvg, count, rowsOf, textsOf } from './checked-svg';

const kernel = [
  [
    [
      [0, 10],
      [1, 20],
      [2, 30],
    ],
  ], // [height 2, width 1, channels 3, filters 2]
  [
    [
      [3, 40],
      [4, 50],
      [5, 60],
    ],
  ],
];
const model = tf.sequential({ name: 'small' });
model.add(tf.layers.conv2d({ inputShape: [4, 4, 3], filters: 2, kernelSize: [2, 1], name: 'first' }));
model.add(tf.layers.conv2d({ filters: 4, kernelSize: 1, name: 'second' }));
model.add(tf.layers.flatten({ name: 'flat' }));
tf.tidy(() => model.layers[0].setWeights([tf.tensor4d(kernel), tf.zeros([2])]));
after(() => model.dispose());

test('a filter is drawn as its colours, black its smallest weight and white its largest', async () => {
  const spec = await withoutLeaks(() => filterGrid(model, 'first', { scale: 5 }));
  const svg = await checkedSvg(spec);
  assert.equal(count(svg, /<image /g), 2);
  assert.deepEqual(textsOf(svg), [
    'Filters of first in small',
    '2 filters of 2 × 1 × 3, each scaled to its own range of weights',
  ]);
  const own = pngUrl({ width: 1, height: 2, rgb: Uint8Array.from([0, 51, 102, 153, 204, 255]) }, 5);
  assert.deepEqual(
    rowsOf(spec).map(({ url }) => url),
    [own, own],
  ); // 10..60 is the same picture as 0..5
});

test('filters on one scale keep their differences', async () => {
  const spec = filterGrid(model, 'first', { scale: 1, normalise: 'all' });
  const bytes = (weights: number[]) => Uint8Array.from(weights, (weight) => Math.round((255 * weight) / 60));
  assert.deepEqual(
    rowsOf(spec).map(({ url }) => url),
    [
      pngUrl({ width: 1, height: 2, rgb: bytes([0, 1, 2, 3, 4, 5]) }),
      pngUrl({ width: 1, height: 2, rgb: bytes([10, 20, 30, 40, 50, 60]) }),
    ],
  );
  assert.ok(textsOf(await checkedSvg(spec)).includes('2 filters of 2 × 1 × 3, all on one scale of weights'));
});

test('layers without filters on images are refused by name', () => {
  assert.throws(() => filterGrid(model, 'third'), {
    name: 'RangeError',
    message: 'unknown layer; not in the model: third; it has first, second, flat',
  });
  const rule = 'a kernel [height, width, 1 or 3, filters] is needed';
  const remedy = 'take a convolution on the images themselves';
  assert.throws(() => filterGrid(model, 'second'), {
    name: 'RangeError',
    message: `cannot draw the filters of second; ${rule}: [1, 1, 2, 4]; ${remedy}`,
  });
  assert.throws(() => filterGrid(model, 'flat'), {
    name: 'RangeError',
    message: `cannot draw the filters of flat; ${rule}: no variables; ${remedy}`,
  });
});
