import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { table } from '../../lib/src/notebook/table';

const rows = [
  { name: 'conv2d', outputShape: [null, 32, 32, 64], parameters: 9472, trainable: true, share: 0.02871 },
  { name: 'dense <b>', outputShape: [null, 10], parameters: 329898, trainable: false, share: Number.NaN },
];

test('a table in text aligns numbers to the right and writes shapes with their batch axis', () => {
  assert.deepEqual(table(rows).text.split('\n'), [
    'name       output shape         parameters  trainable   share',
    '---------  -------------------  ----------  ---------  ------',
    'conv2d     [batch, 32, 32, 64]       9,472  yes        0.0287',
    'dense <b>  [batch, 10]             329,898  no              –',
  ]);
});

test('a table in HTML escapes its cells and aligns numbers to the right', () => {
  const { html } = table(rows, ['name', 'parameters'], { caption: 'Layers & more' });
  assert.match(html!, /<caption[^>]*>Layers &amp; more<\/caption>/);
  assert.match(
    html!,
    /<td style="text-align:left[^>]*>dense &lt;b&gt;<\/td><td style="text-align:right[^>]*>329,898<\/td>/,
  );
  assert.doesNotMatch(html!, /output shape/);
});

test('columns choose fields, titles and digits', () => {
  const { text } = table(rows, [{ field: 'share', title: 'part of all', digits: 2 }], { caption: 'Shares' });
  assert.equal(text, 'Shares\npart of all\n-----------\n       0.03\n          –');
});

test('numbers below a thousandth are told apart too', () => {
  const rates = [{ rate: 0.00001 }, { rate: -0.0000305 }, { rate: 0 }];
  assert.deepEqual(table(rates).text.split('\n').slice(2), [' 0.00001000', '-0.00003050', ' 0.00000000']);
  assert.match(table([{ smallest: 1e-30 }]).text, /\n0\.0{20}$/); // as many digits as there can be
});

test('an empty table shows its columns', () => {
  assert.equal(table([], ['name', 'loss']).text, 'name  loss\n----  ----');
});

test('a cell that ends with a table prints it', () => {
  assert.equal(inspect(table([{ a: 1 }])), 'a\n-\n1');
});

test('a table is refused in words', () => {
  assert.throws(() => table('rows' as never), {
    name: 'TypeError',
    message: "cannot make table; rows are not an array of objects: 'rows'",
  });
  assert.throws(() => table([{ a: 1 }, null as never]), {
    name: 'TypeError',
    message: 'cannot make table; row 1 is not an object: null',
  });
  assert.throws(() => table([{ a: 1, b: 2 }], ['c']), {
    name: 'TypeError',
    message: 'cannot make table; no row has the field "c"; fields: a, b',
  });
});
