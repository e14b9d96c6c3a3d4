import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linePlot } from '../../lib/src/plot/line-plot';
import { checkedSvg, count, rowsOf, textsOf } from './checked-svg';

const titles = { title: 'Gradient', xTitle: 'depth (blocks)', yTitle: 'norm' };
const line = (name: string, y: number[]) => ({ name, x: y.map((_, i) => i + 1), y });

test('every series is a line with its name, and few values are marked by points', async () => {
  const svg = await checkedSvg(linePlot([line('with', [1, 2, 3]), line('without', [3, 2, 1])], titles));
  assert.equal(count(svg, /aria-roledescription="line mark"/g), 2);
  assert.equal(count(svg, /aria-roledescription="point"/g), 6);
  for (const text of ['Gradient', 'depth (blocks)', 'norm', 'with', 'without'])
    assert.ok(textsOf(svg).includes(text));
});

test('one series needs no legend, many values no points', async () => {
  const svg = await checkedSvg(linePlot([line('loss', Array.from({ length: 100 }, Math.random))], titles));
  assert.ok(!textsOf(svg).includes('loss'));
  assert.equal(count(svg, /aria-roledescription="point"/g), 0);
});

test('a logarithmic axis is marked at powers of ten', async () => {
  const texts = textsOf(
    await checkedSvg(linePlot([line('a', [1, 0.03, 0.0002])], { ...titles, yScale: 'log' })),
  );
  for (const text of ['1', '0.1', '0.01', '0.001', '0.0001']) assert.ok(texts.includes(text), text);
  assert.ok(!texts.includes('0.02'));
});

test('a logarithmic axis takes more values than a call takes arguments', () => {
  const y = Array.from({ length: 200_000 }, (_, i) => (i + 1) / 1000);
  const { encoding } = linePlot([line('a', y)], { ...titles, yScale: 'log' }) as unknown as {
    encoding: { y: { scale: object } };
  };
  assert.deepEqual(encoding.y.scale, { type: 'log', domain: [0.001, 1000] });
});

test('infinities and values that are no number do not stretch a logarithmic axis', () => {
  const y = [Number.POSITIVE_INFINITY, Number.NaN, 0.01, 10];
  const { encoding } = linePlot([line('a', y)], { ...titles, yScale: 'log' }) as unknown as {
    encoding: { y: { scale: object } };
  };
  assert.deepEqual(encoding.y.scale, { type: 'log', domain: [0.01, 10] });
});

test('a value that is not a number leaves a gap', async () => {
  const spec = linePlot([line('a', [1, Number.NaN, 3])], titles);
  assert.deepEqual(
    rowsOf(spec).map(({ y }) => y),
    [1, null, 3],
  );
  assert.equal(count(await checkedSvg(spec), /aria-roledescription="point"/g), 2);
});

test('a line plot refuses what it cannot draw', () => {
  assert.throws(() => linePlot([], titles), {
    name: 'RangeError',
    message: 'cannot draw "Gradient"; at least one series is needed: 0',
  });
  assert.throws(() => linePlot([line('a', [1]), line('a', [2])], titles), {
    message: 'invalid series; more than one has this name: "a"',
  });
  assert.throws(() => linePlot([{ name: 'a', x: [1, 2], y: [1] }], titles), {
    name: 'TypeError',
    message: 'invalid series "a"; x and y differ in length: 2 and 1',
  });
  assert.throws(() => linePlot([line('a', [1, 0])], { ...titles, yScale: 'log' }), {
    name: 'RangeError',
    message: 'invalid y of series "a"; a logarithmic axis needs values above 0: 0',
  });
});
