import assert from 'node:assert/strict';
import { test } from 'node:test';
import { schedulePlot } from '../../lib/src/plot/schedule-plot';
import { constant, multiStep, warmup } from '../../lib/src/train/schedules';
import { checkedSvg, count, rowsOf, textsOf } from './checked-svg';

test('every schedule is a line with its name', async () => {
  const schedules = { 'ResNet paper': multiStep(0.1, [32_000, 48_000]), constant: constant(0.05) };
  const svg = await checkedSvg(schedulePlot(schedules, 64_000));
  assert.equal(count(svg, /aria-roledescription="line mark"/g), 2);
  for (const text of ['Learning rate', 'learning rate', 'step', 'ResNet paper', 'constant'])
    assert.ok(textsOf(svg).includes(text), text);
});

test('one schedule alone needs no legend; few steps are all drawn', async () => {
  const spec = schedulePlot(warmup(0, 1, 4), 6, { title: 'Warm-up' });
  assert.deepEqual(
    rowsOf(spec).map(({ x, y }) => [x, y]),
    [0, 0.25, 0.5, 0.75, 1, 1].map((rate, step) => [step, rate]),
  );
  const texts = textsOf(await checkedSvg(spec));
  assert.ok(texts.includes('Warm-up'));
  assert.ok(!texts.includes('schedule'));
});

test('of many steps 300 are drawn, the first and the last among them', () => {
  const steps: number[] = [];
  const seen = (step: number) => {
    steps.push(step);
    return 0.1;
  };
  const rows = rowsOf(schedulePlot(seen, 64_000));
  assert.equal(rows.length, 300);
  assert.deepEqual(
    rows.map(({ x }) => x),
    steps,
  );
  assert.deepEqual([steps[0], steps[299]], [0, 63_999]);
  assert.ok(steps.every((step, i) => Number.isInteger(step) && (i === 0 || step > steps[i - 1])));
});

test('a single step is a plot too', async () => {
  const spec = schedulePlot(constant(0.1), 1);
  assert.deepEqual(rowsOf(spec), [{ name: 'schedule', x: 0, y: 0.1 }]);
  await checkedSvg(spec);
});

test('a plot of schedules refuses what it cannot draw', () => {
  assert.throws(() => schedulePlot(constant(1), 0), {
    name: 'RangeError',
    message: 'invalid steps; not a positive integer: 0',
  });
  assert.throws(() => schedulePlot({}, 5), {
    name: 'RangeError',
    message: 'cannot draw "Learning rate"; at least one series is needed: 0',
  });
  assert.throws(() => schedulePlot(warmup(0, 1, 5), 5, { yScale: 'log' }), {
    name: 'RangeError',
    message: 'invalid y of series "schedule"; a logarithmic axis needs values above 0: 0',
  });
});
