import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GradientFlow } from '../../lib/src/explain/gradient-flow';
import { gradientFlowPlot } from '../../lib/src/plot/gradient-flow-plot';
import { gradientHeatMap } from '../../lib/src/plot/gradient-heat-map';
import { checkedSvg, count, rowsOf, textsOf } from './checked-svg';

const layer = (name: string, depth: number, arriving: number) => ({
  ...{ layer: name, depth, arriving },
  ...{ norm: 10 * arriving, weightNorm: 2, ratio: 5 * arriving },
});

/** As many layers as there are values, with a projection beside the second. */
const flow = (...arriving: number[]): GradientFlow => ({
  loss: 2.3,
  layers: [
    ...arriving.map((value, i) => layer(`conv${i + 1}`, i + 1, value)),
    layer('stage2_block1_shortcut_conv', 2, 1e9),
  ],
});

const title = 'On the way back';

test('a net is a line from its first layer to its last, over powers of ten, without projections', async () => {
  const flows = [
    { name: 'plain', flow: flow(1e-4, 1e-2, 1) },
    { name: 'residual', flow: flow(0.5, 0.7, 1) },
  ];
  const svg = await checkedSvg(gradientFlowPlot(flows, { title }));
  assert.equal(count(svg, /aria-roledescription="line mark"/g), 2);
  assert.equal(count(svg, /aria-roledescription="point"/g), 6);
  for (const text of [
    title,
    'plain',
    'residual',
    '0.0001',
    '0.01',
    '1',
    "gradient at the layer's output, norm",
  ])
    assert.ok(textsOf(svg).includes(text), text);
});

test('other measures can be drawn, and what is 0 or not finite leaves a gap', async () => {
  const flows = [{ name: 'plain', flow: flow(0, Number.NaN, 0.2, 0.4) }];
  const spec = gradientFlowPlot(flows, { title, measure: 'ratio' });
  assert.deepEqual(
    rowsOf(spec).map(({ value }) => value),
    [null, null, 1, 2],
  );
  assert.ok(textsOf(await checkedSvg(spec)).includes('gradient of the kernel / kernel, norms'));
});

test('a gradient on its way leaves the axes where they are', async () => {
  const flows = [{ name: 'plain', flow: flow(1e-4, 1e-2, 1) }];
  const [whole, part] = [gradientFlowPlot(flows, { title }), gradientFlowPlot(flows, { title, from: 3 })];
  assert.deepEqual(
    rowsOf(part).map(({ depth }) => depth),
    [3],
  );
  assert.deepEqual({ ...part, data: whole.data }, whole);
  const wide = gradientFlowPlot(flows, { title, domain: [1e-9, 1e3] });
  assert.ok(textsOf(await checkedSvg(wide)).includes('1e-9'));
});

test('a heat map has a cell for each layer and moment, nets side by side, the classes on top', async () => {
  const moments = [
    { step: 0, flow: flow(1e3, 10, 1) },
    { step: 4, flow: flow(1e-3, 0, 1) },
  ];
  const nets = [
    { name: 'plain', moments },
    { name: 'residual', moments },
  ];
  const spec = gradientHeatMap(nets, { title });
  assert.equal(rowsOf(spec).length, 2 * 5); // one of the six is 0
  const svg = await checkedSvg(spec);
  const texts = textsOf(svg);
  for (const text of [title, 'plain', 'residual', 'steps taken', '0', '4'])
    assert.ok(texts.includes(text), text);
  assert.ok(JSON.stringify(spec).includes('"domain":[3,2,1]'));
});

test('gradient plots refuse what they cannot draw', () => {
  assert.throws(() => gradientFlowPlot([], { title }), {
    name: 'RangeError',
    message: 'cannot draw "On the way back"; at least one net is needed: 0',
  });
  const twice = [1, 2].map(() => ({ name: 'plain', flow: flow(1) }));
  assert.throws(() => gradientFlowPlot(twice, { title }), {
    name: 'RangeError',
    message: 'invalid nets; more than one has this name: "plain"',
  });
  const nothing = { loss: 2.3, layers: [layer('conv1', 1, 0)] };
  assert.throws(() => gradientFlowPlot([{ name: 'plain', flow: nothing }], { title }), {
    name: 'RangeError',
    message: 'cannot draw "On the way back"; no gradient is finite and larger than 0',
  });
  assert.throws(() => gradientHeatMap([{ name: 'plain', moments: [] }], { title }), { name: 'RangeError' });
});
