import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SurfacePoint } from '../../lib/src/explain/loss-surface';
import { contourLines } from '../../lib/src/plot/contour-lines';
import { lossContour } from '../../lib/src/plot/loss-contour';
import { lossLandscape } from '../../lib/src/plot/loss-landscape';
import { checkedSvg, count, textsOf } from './checked-svg';

const title = 'Around two nets';

/** Points row by row, as `lossSurface()` yields them. */
function surfaceOf(loss: (x: number, y: number) => number, size = 5, range = 1): SurfacePoint[] {
  const along = Array.from({ length: size }, (_, i) => range * ((2 * i) / (size - 1) - 1));
  return along.flatMap((y) =>
    along.map((x) => ({ x, y, loss: loss(x, y), accuracy: 0.5, done: 1, total: 1, secondsLeft: 0 })),
  );
}

const bowl = surfaceOf((x, y) => 0.15 + 4 * (x * x + y * y), 9);
const grid = (values: (number | undefined)[][]) => ({
  xs: values[0].map((_, i) => i),
  ys: values.map((_, i) => i),
  values,
});

test('a contour line passes where the values reach the level, as far between two points as it must', () => {
  const slope = grid([
    [0, 4, 8],
    [0, 4, 8],
  ]);
  assert.deepEqual(contourLines(slope, 1), [{ x: 0.25, y: 0, x2: 0.25, y2: 1 }]);
  assert.deepEqual(contourLines(slope, 6), [{ x: 1.5, y: 0, x2: 1.5, y2: 1 }]);
  assert.deepEqual(contourLines(slope, 9), []);
});

test('through a saddle the contour lines leave the corners joined that the middle is like', () => {
  const isJoined = (low: number, high: number) => {
    const saddle = grid([
      [low, high],
      [high, low],
    ]);
    // Lines around the high corners, which are right below and left above, run parallel to the diagonal from below left.
    return contourLines(saddle, 1).map(({ x, y, x2, y2 }) => Math.sign((x2 - x) * (y2 - y)));
  };
  assert.deepEqual(isJoined(0, 1.5), [1, 1], 'the low corners, since the middle is low');
  assert.deepEqual(isJoined(0, 4), [-1, -1], 'the high corners');
});

test('contour lines of a bowl are closed and lie at the same distance from the middle', () => {
  const xs = Array.from({ length: 41 }, (_, i) => (i - 20) / 20);
  const round = { xs, ys: xs, values: xs.map((y) => xs.map((x) => x * x + y * y)) };
  const lines = contourLines(round, 0.47);
  const ends = new Map<string, number>();
  for (const { x, y, x2, y2 } of lines) {
    assert.ok(Math.abs(Math.hypot(x, y) - Math.sqrt(0.47)) < 0.002);
    for (const end of [`${x.toFixed(9)} ${y.toFixed(9)}`, `${x2.toFixed(9)} ${y2.toFixed(9)}`])
      ends.set(end, (ends.get(end) ?? 0) + 1);
  }
  assert.ok([...ends.values()].every((times) => times === 2));
});

test('a cell that lacks a value has no contour line', () => {
  const part = grid([
    [0, 4, 8],
    [0, undefined, 8],
  ]);
  assert.deepEqual(contourLines(part, 1), []);
});

test('the contour of two nets has their names, one scale of losses, a cell a point and a cross each', async () => {
  const steep = surfaceOf((x, y) => 0.3 + 90 * (x * x + y * y), 9);
  const nets = [
    { name: 'residual', points: bowl },
    { name: 'plain', points: steep },
  ];
  const svg = await checkedSvg(lossContour(nets, { title }));
  const texts = textsOf(svg);
  for (const text of [
    title,
    'residual',
    'plain',
    'loss, nats',
    'along direction 1',
    'along direction 2',
    '0.2',
    '5',
  ])
    assert.ok(texts.includes(text), text);
  assert.ok(!texts.includes('20'), 'beyond 10 nats all looks alike');
  assert.equal(count(svg, /role-legend"/g), 1);
  assert.equal(count(svg, /aria-roledescription="point"/g), 2);
});

test('a surface can be drawn while its rows are still coming, and where a loss is not a number', async () => {
  const some = bowl.slice(0, 13).map((point, i) => (i === 3 ? { ...point, loss: Number.NaN } : point));
  assert.ok((await checkedSvg(lossContour([{ name: 'net', points: some }], { title }))).startsWith('<svg'));
  const { data } = lossLandscape([{ name: 'net', points: some }], { title });
  const [{ z }] = data as { z: (number | null)[][] }[];
  assert.deepEqual(
    z.map((row) => row.length),
    [9, 9],
  );
  assert.equal(z[1][8], null);
  assert.equal(z[0][3], Math.max(...z[0].map(Number)));
});

test('a landscape is a surface a net, in scenes of their own, of the same heights', () => {
  const nets = [
    { name: 'residual', points: bowl },
    { name: 'plain', points: surfaceOf(() => 50) },
  ];
  const { data, layout } = lossLandscape(nets, { title });
  const [one, other] = data as {
    type: string;
    scene: string;
    z: number[][];
    text: string[][];
    cmin: number;
    cmax: number;
  }[];
  assert.deepEqual([one.type, one.scene, other.scene], ['surface', 'scene', 'scene2']);
  assert.deepEqual([one.cmin, one.cmax], [other.cmin, other.cmax]);
  assert.equal(one.z[4][4], Math.log10(0.15));
  assert.equal(other.z[0][0], 1, 'ten nats at most');
  assert.equal(other.text[0][0], 'loss 50.0<br>accuracy 50.0 %');
  assert.ok('scene' in layout && 'scene2' in layout);
  assert.deepEqual(JSON.parse(JSON.stringify({ data, layout })), { data, layout });
});

test('no net, two of one name, and no loss at all are refused', () => {
  assert.throws(() => lossContour([], { title }), {
    name: 'RangeError',
    message: /at least one net is needed: 0/,
  });
  const net = { name: 'net', points: bowl };
  assert.throws(() => lossLandscape([net, net], { title }), {
    message: /more than one has this name: "net"/,
  });
  assert.throws(() => lossContour([{ name: 'net', points: [] }], { title }), {
    message: 'cannot draw "Around two nets"; no point has a loss above 0',
  });
  assert.throws(() => lossContour([net], { title, highest: 0 }), {
    name: 'RangeError',
    message: /invalid highest/,
  });
});
