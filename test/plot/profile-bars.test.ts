import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProfiledOp, ProfiledStep } from '../../lib/src/compile/profile';
import { describePlot } from '../../lib/src/notebook/describe-plot';
import { profileBars, timeByLayer, timeByPass } from '../../lib/src/plot/profile-bars';
import { profileByOp, timeByOp } from '../../lib/src/plot/profile-by-op';
import { checkedSvg, count, rowsOf, textsOf } from './checked-svg';

const bars = (svg: string) => count(svg, /aria-roledescription="bar"/g);

function op(
  name: string,
  layer: string,
  pass: ProfiledOp['pass'],
  start: number,
  duration: number,
): ProfiledOp {
  return { node: `${layer}/${name}`, op: name, layer, pass, start, duration, device: 'CPU:0' };
}

/** Two layers, an update and a loss: 12 ms of operations in 10 ms. The head's variable is read before the stem begins. */
function smallStep(): ProfiledStep {
  return {
    ops: [
      op('ReadVariableOp', 'head', 'forward', 0, 1),
      op('_MklNativeFusedConv2D', 'stem', 'forward', 1, 2999),
      op('_FusedMatMul', 'head', 'forward', 3000, 999),
      op('SoftmaxCrossEntropyWithLogits', '', 'other', 4000, 500),
      op('MatMul', 'head', 'backward', 4500, 1500),
      op('Conv2DBackpropFilter', 'stem', 'backward', 5000, 5000),
      op('ResourceApplyAdam', '', 'update', 9000, 1000),
    ],
    duration: 10_000,
  };
}

function deepStep(layers: number): ProfiledStep {
  const ops = Array.from({ length: layers }, (_, i) => {
    return [
      op('Conv2D', `conv${i}`, 'forward', 10 * i, 1000 + i),
      op('Grad', `conv${i}`, 'backward', 5000 - i, 2000),
    ];
  });
  return { ops: [...ops.flat(), op('ResourceApplyAdam', '', 'update', 6000, 700)], duration: 10_000 };
}

test("layers stand in the model's order, passes on each other, what is outside of layers below", async () => {
  const spec = profileBars(smallStep(), { title: "A small net's step" });
  assert.deepEqual(
    rowsOf(spec).map(({ layer, pass, milliseconds }) => [layer, pass, milliseconds]),
    [
      ['stem', 'forward', 2.999],
      ['stem', 'backward', 5],
      ['head', 'forward', 1],
      ['head', 'backward', 1.5],
      ['outside of layers', 'other', 0.5],
      ['optimizer', 'update', 1],
    ],
  );
  const svg = await checkedSvg(spec);
  assert.equal(bars(svg), 6);
  const texts = textsOf(svg);
  assert.ok(texts.indexOf('stem') < texts.indexOf('head'));
  const expected = [
    "A small net's step",
    '10.0 ms from the first to the last of 7 operations; side by side, they add up to 12.0 ms',
    ...[
      'layer',
      'time of its operations (ms)',
      'forward',
      'backward',
      'update',
      'other',
      '8.00',
      '2.50',
      '0.50',
    ],
  ];
  for (const text of expected) assert.ok(texts.includes(text), text);
  assert.equal(describePlot(spec), "plot: A small net's step (6 points)");
});

test("the model's own list of layers decides their order, whatever ran first", () => {
  const spec = profileBars(smallStep(), { title: 'Step', layers: ['input', 'head', 'stem'] });
  const layers = new Set(rowsOf(spec).map(({ layer }) => layer));
  assert.deepEqual([...layers], ['head', 'stem', 'outside of layers', 'optimizer']);
});

test('of many layers the longest have bars, and the second line tells the time of the others', async () => {
  const spec = profileBars(deepStep(110), { title: 'ResNet-110' });
  const names = [...new Set(rowsOf(spec).map(({ layer }) => layer))];
  assert.equal(names.length, 30 + 1);
  assert.deepEqual([names[0], names[29], names[30]], ['conv80', 'conv109', 'optimizer']);
  const svg = await checkedSvg(spec);
  for (const name of names) assert.ok(textsOf(svg).includes(String(name)), String(name));
  const others = 80 * 3 + (79 * 80) / 2 / 1000; // milliseconds
  assert.ok(svg.includes(`the longest 30 layers; the other 80 take ${others.toFixed(1)} ms together`));
});

test('a profile plot refuses a step without operations and a number of bars that is none', () => {
  assert.throws(() => profileBars({ ops: [], duration: 0 }, { title: 'Step' }), {
    name: 'RangeError',
    message: 'cannot draw "Step"; the step has no operation',
  });
  for (const draw of [profileBars, profileByOp]) {
    assert.throws(() => draw(smallStep(), { title: 'Step', most: 0 }), {
      name: 'RangeError',
      message: 'invalid most; not a positive integer: 0',
    });
  }
});

test('the times by layer keep the number of operations', () => {
  assert.deepEqual(timeByLayer(smallStep())[0], {
    layer: 'head',
    pass: 'forward',
    milliseconds: 1,
    operations: 2,
  });
});

test('the passes share all the time, and a pass without operations has none', () => {
  const passes = timeByPass({ ...smallStep(), ops: smallStep().ops.slice(1, 5) });
  assert.deepEqual(
    passes.map(({ pass, operations }) => [pass, operations]),
    [
      ['forward', 2],
      ['backward', 1],
      ['update', 0],
      ['other', 1],
    ],
  );
  assert.deepEqual(
    passes.map(({ share }) => Math.round(1000 * share)),
    [667, 250, 0, 83],
  );
});

test("operations of a kind are one bar, oneDNN's under the usual name, the longest first", async () => {
  assert.deepEqual(
    timeByOp(smallStep()).map(({ op: name, operations }) => [name, operations]),
    [
      ['Conv2DBackpropFilter', 1],
      ['FusedConv2D', 1],
      ['MatMul', 1],
      ['ResourceApplyAdam', 1],
      ['FusedMatMul', 1],
      ['SoftmaxCrossEntropyWithLogits', 1],
      ['ReadVariableOp', 1],
    ],
  );
  const svg = await checkedSvg(profileByOp(smallStep()));
  assert.equal(bars(svg), 7);
  const texts = textsOf(svg);
  for (const text of [
    "Where a step's time goes, by operation",
    'FusedConv2D (1)',
    'time of its operations (ms)',
    '5.00',
  ])
    assert.ok(texts.includes(text), text);
});

test('kinds after the longest share a bar, and shares sum to 1', () => {
  const spec = profileByOp(smallStep(), { title: 'By operation', most: 2 });
  assert.deepEqual(
    rowsOf(spec).map(({ name, value }) => [name, value]),
    [
      ['Conv2DBackpropFilter (1)', 5],
      ['FusedConv2D (1)', 2.999],
      ['5 other kinds (5)', 4],
    ],
  );
  const shares = timeByOp(smallStep()).reduce((sum, { share }) => sum + share, 0);
  assert.ok(Math.abs(shares - 1) < 1e-12);
  assert.equal(describePlot(spec), 'plot: By operation (3 points)');
});
