import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LesionRecord } from '../../lib/src/explain/lesion';
import { lesionPlot } from '../../lib/src/plot/lesion-plot';
import { checkedSvg, count, rowsOf, textsOf } from './checked-svg';

const record = (accuracy: number, lesion: Partial<LesionRecord> = {}): LesionRecord => ({
  ...{ removed: [], swapped: [], order: 1, loss: 1, done: 1, total: 1, secondsLeft: 0 },
  ...lesion,
  accuracy,
});
const whole = record(0.9);
const net = {
  name: 'residual',
  records: [whole, record(0.5, { removed: ['b1'] }), record(0.8, { removed: ['b2'] })],
};
const parts = { residual: ['b1', 'b2'], plain: ['l1', 'l2', 'l3', 'l4'] };

test('by place, a lesion stands where the removed part was, in nets of different lengths', async () => {
  const plain = { name: 'plain', records: [record(0.7), record(0.1, { removed: ['l4'] })] };
  const spec = lesionPlot([net, plain], { title: 'Lesions', by: 'place', parts, chance: 0.1 });
  assert.deepEqual(
    rowsOf(spec).map(({ name, x, y, lesion }) => [name, x, y, lesion]),
    [
      ['residual', 0.25, 0.5, 'without b1'],
      ['residual', 0.75, 0.8, 'without b2'],
      ['plain', 0.875, 0.1, 'without l4'],
    ],
  );
  const svg = await checkedSvg(spec);
  assert.equal(count(svg, /aria-roledescription="point"/g), 3);
  assert.equal(count(svg, /aria-roledescription="rule mark"/g), 3); // chance, and each whole net
  for (const text of ['residual', 'plain', 'accuracy', 'dashed: the whole net'])
    assert.ok(textsOf(svg).includes(text), text);
});

test('by the number of removed parts, the whole net is the beginning', async () => {
  const two = record(0.2, { removed: ['b1', 'b2'] });
  const spec = lesionPlot([{ ...net, records: [...net.records, two] }], { title: '', by: 'removed' });
  assert.deepEqual(
    rowsOf(spec).map(({ x, y, lesion }) => [x, y, lesion]),
    [
      [0, 0.9, 'none'],
      [1, 0.5, 'without b1'],
      [1, 0.8, 'without b2'],
      [2, 0.2, 'without b1, b2'],
    ],
  );
  const svg = await checkedSvg(spec);
  assert.equal(count(svg, /aria-roledescription="point"/g), 4);
  assert.equal(count(svg, /aria-roledescription="line mark"/g), 1);
  assert.equal(count(svg, /aria-roledescription="rule mark"/g), 0);
});

test('by order, lesions stand where they left the parts, and say what was swapped', async () => {
  const swapped = [['b1', 'b2']] as const;
  const records = [whole, record(0.4, { swapped: swapped, order: -1 })];
  const spec = lesionPlot([{ name: 'residual', records }], { title: '', by: 'order' });
  assert.deepEqual(
    rowsOf(spec).map(({ x, lesion }) => [x, lesion]),
    [
      [1, 'none'],
      [-1, 'b1 and b2 swapped'],
    ],
  );
  assert.ok(textsOf(await checkedSvg(spec)).includes("order kept (Kendall's tau; 1: nothing swapped)"));
});

test('a lesion plot refuses what it cannot draw', () => {
  assert.throws(() => lesionPlot([], { title: 'Lesions', by: 'order' }), {
    name: 'RangeError',
    message: 'cannot draw "Lesions"; at least one net is needed: 0',
  });
  assert.throws(() => lesionPlot([{ name: 'plain', records: [] }], { title: 'Lesions', by: 'order' }), {
    message: 'cannot draw "Lesions"; a net has no record: plain',
  });
  const rule = 'by place, lesions must remove one part each, and it must be among `parts`';
  for (const [removed, found] of [
    [['b1', 'b2'], 'b1, b2'],
    [['b3'], 'b3'],
    [[], 'nothing removed'],
  ] as const) {
    const records = [whole, record(0.1, { removed: removed })];
    assert.throws(() => lesionPlot([{ ...net, records }], { title: '', by: 'place', parts }), {
      name: 'RangeError',
      message: `cannot place a lesion; ${rule}: ${found}`,
    });
  }
});
