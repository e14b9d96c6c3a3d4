import assert from 'node:assert/strict';
import test from 'node:test';
import { pathLengths } from '../../lib/src/explain/path-lengths';

test("through three blocks lead eight ways, as in the paper's figure 1", () => {
  const counts = pathLengths(3);
  assert.deepEqual(
    counts.map(({ length, paths }) => [length, paths]),
    [
      [0, 1],
      [1, 3],
      [2, 3],
      [3, 1],
    ],
  );
  counts.forEach(({ share, paths }) => {
    assert.ok(Math.abs(share - paths / 8) < 1e-12);
  });
});

test('in the 54 blocks of ResNet-110 more than 95 % of the ways pass 19 to 35 blocks, the paper says', () => {
  const counts = pathLengths(54);
  const between = counts.filter(({ length }) => length >= 19 && length <= 35);
  assert.ok(between.reduce((sum, { share }) => sum + share, 0) > 0.95);
  assert.equal(counts[27].paths, 1_946_939_425_648_112); // 54! / 27!^2
  assert.equal(counts[53].paths, 54);
});

test('the shares of a net of any depth sum to 1', () => {
  for (const blocks of [1, 2, 501, 5000]) {
    const sum = pathLengths(blocks).reduce((total, { share }) => total + share, 0);
    assert.ok(Math.abs(sum - 1) < 1e-9, `${blocks}: ${sum}`);
  }
  assert.equal(pathLengths(5000)[2500].paths, Number.POSITIVE_INFINITY);
});

test('no number of blocks but a positive integer has ways', () => {
  for (const blocks of [0, -1, 2.5]) {
    assert.throws(() => pathLengths(blocks), {
      name: 'RangeError',
      message: `invalid blocks; not a positive integer: ${blocks}`,
    });
  }
});
