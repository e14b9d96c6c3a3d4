import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFigure, describePlot, describeSvg } from '../../lib/src/notebook/describe-plot';
import { sparkline } from '../../lib/src/notebook/sparkline';

const values = [
  { epoch: 1, part: 'training', loss: 2 },
  { epoch: 1, part: 'validation', loss: 1.5 },
  { epoch: 2, part: 'training', loss: 1 },
  { epoch: 2, part: 'validation', loss: 1.2 },
];
const encoding = { x: { field: 'epoch' }, y: { field: 'loss' }, color: { field: 'part' } };

test('a line plot reads as its title, its points and a row of bars a line', () => {
  const spec = { title: 'Loss by epoch', data: { values }, mark: { type: 'line', point: true }, encoding };
  assert.equal(
    describePlot(spec),
    'plot: Loss by epoch (4 points)\n  █▁  loss, training: 2 to 1\n  █▁  loss, validation: 1.50 to 1.20',
  );
});

test('views inside others take over data and encoding, and layers do not count points twice', () => {
  const spec = { data: { values }, encoding, hconcat: [{ layer: [{ mark: 'line' }, { mark: 'point' }] }] };
  assert.equal(describePlot(spec).split('\n')[0], 'plot: loss by epoch (4 points)');
  assert.equal(describePlot(spec).split('\n').length, 3);
});

test('a line of 300,000 points is told as one of two', () => {
  // with a copy of the line for every point this took hours
  const loss = (i: number) => ({ epoch: i, loss: i === 0 ? 2 : 1 });
  const spec = {
    data: { values: Array.from({ length: 300_000 }, (_, i) => loss(i)) },
    mark: 'line',
    encoding: { x: { field: 'epoch' }, y: { field: 'loss' } },
  };
  const [heading, line] = describePlot(spec).split('\n');
  assert.equal(heading, 'plot: loss by epoch (300,000 points)');
  assert.match(line, /loss: 2 to 1$/);
});

test('a plot without lines is its heading alone', () => {
  const spec = { title: { text: ['Images', 'a class'] }, data: { values: [{ a: 1 }] }, mark: 'bar' };
  assert.equal(describePlot(spec), 'plot: Images a class (1 point)');
  assert.equal(describePlot({ mark: 'bar' }), 'plot: untitled (0 points)');
});

test('a Plotly figure reads as its title and its points', () => {
  const figure = {
    data: [{ x: [1, 2] }, { x: new Float32Array(3) }],
    layout: { title: { text: 'Features' } },
  };
  assert.equal(describeFigure(figure), 'plot: Features (2 traces, 5 points)');
});

test('a drawing reads as its title and its size', () => {
  assert.equal(
    describeSvg('<svg width="640" height="48.4"><title>A block</title></svg>'),
    'drawing: A block (640 x 48)',
  );
  assert.equal(describeSvg('<svg viewBox="0 0 20 10" aria-label="A net"/>'), 'drawing: A net (20 x 10)');
  assert.equal(describeSvg('<svg><g aria-label="an axis"/><title>x &lt; y</title></svg>'), 'drawing: x < y');
  assert.equal(describeSvg('<svg></svg>'), 'drawing: untitled');
});

test('a row of bars spans the smallest to the largest number and leaves gaps for what is not finite', () => {
  assert.equal(sparkline([0, 7, Number.NaN, 3.5]), '▁█ ▅');
  assert.equal(sparkline([3, 3]), '▁▁');
  assert.equal(sparkline([]), '');
});

test('a long row of numbers is averaged down to the width', () => {
  const bars = sparkline(
    Array.from({ length: 1000 }, (_, i) => i),
    10,
  );
  assert.equal(bars.length, 10);
  assert.equal(bars[0] + bars[9], '▁█');
});
