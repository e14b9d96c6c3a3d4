import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bandPlot } from '../../lib/src/plot/band-plot';
import { checkedSvg, count, rowsOf, textsOf } from './checked-svg';

const AXES = { title: 'Errors', xTitle: 'epoch', yTitle: 'training error, %' };
const plain = {
  name: 'plain',
  runs: [
    { x: [1, 2, 3], y: [80, 60, 40] },
    { x: [1, 2], y: [84, 68] },
  ],
};
const residual = { name: 'residual', runs: [{ x: [1, 2], y: [50, Number.NaN] }] };

test('a line is the mean of the runs where all have a value, a band the deviation of the sample', async () => {
  const spec = bandPlot([plain, residual], AXES);
  assert.deepEqual(
    rowsOf(spec).map(({ name, x, mean, runs }) => [name, x, mean, runs]),
    [
      ['plain', 1, 82, 2],
      ['plain', 2, 64, 2],
      ['residual', 1, 50, 1],
    ],
  );
  const [first, second, single] = rowsOf(spec) as unknown as { low: number; high: number }[];
  assert.ok(Math.abs(first.high - first.low - 2 * Math.sqrt(8)) < 1e-9); // 80 and 84: (2² + 2²) / (2 - 1)
  assert.ok(Math.abs(second.high - second.low - 2 * Math.sqrt(32)) < 1e-9);
  assert.equal(single.low, single.high);
  const svg = await checkedSvg(spec);
  assert.equal(count(svg, /aria-roledescription="area mark"/g), 1);
  assert.equal(count(svg, /aria-roledescription="line mark"/g), 4); // two means, two single runs
  for (const text of ['plain', 'residual', 'training error, %', 'epoch'])
    assert.ok(textsOf(svg).includes(text), text);
});

test('single runs are plain lines: no band, and no words about one', async () => {
  const svg = await checkedSvg(bandPlot([residual], { ...AXES, domain: [0, 100] }));
  assert.equal(count(svg, /aria-roledescription="area mark"/g), 0);
  assert.ok(!textsOf(svg).some((text) => text.startsWith('bands')));
  assert.ok(!textsOf(svg).includes('1.5'), 'ticks stand at what was measured');
});

test('a series whose runs have no epoch yet is drawn as nothing, in the legend all the same', async () => {
  const begun = { name: 'begun', runs: [{ x: [], y: [] }] };
  const spec = bandPlot([residual, begun], { ...AXES, domain: [0, 100] });
  assert.equal(rowsOf(spec).length, 1);
  assert.ok(textsOf(await checkedSvg(spec)).includes('begun'));
});

test('a band plot refuses what it cannot draw', () => {
  assert.throws(() => bandPlot([], AXES), {
    name: 'RangeError',
    message: 'cannot draw "Errors"; at least one series is needed: 0',
  });
  assert.throws(() => bandPlot([plain, plain], AXES), {
    name: 'RangeError',
    message: 'invalid series; more than one has this name: "plain"',
  });
  assert.throws(() => bandPlot([{ name: 'plain', runs: [] }], AXES), {
    name: 'RangeError',
    message: 'invalid series "plain"; at least one run is needed: 0',
  });
  assert.throws(() => bandPlot([{ name: 'plain', runs: [{ x: [1], y: [] }] }], AXES), {
    name: 'TypeError',
    message: 'invalid series "plain"; x and y differ in length: 1 and 0',
  });
});
