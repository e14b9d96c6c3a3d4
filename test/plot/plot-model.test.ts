import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { buildResNet } from '../../lib/src/model/build-resnet';
import { cifarResNetConfig } from '../../lib/src/model/cifar-resnet';
import { ResNet } from '../../lib/src/model/resnet';
import { type PlotModelOptions, plotModel } from '../../lib/src/plot/plot-model';
import { textWidth } from '../../lib/src/plot/text-width';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { bottleneckNet } from './bottleneck-net';
import { count, textsOf } from './checked-svg';

interface DrawnBox {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly texts: { text: string; x: number; y: number; size: number; weight: 'normal' | 'bold' }[];
}

interface DrawnArrow {
  readonly from: string;
  readonly to: string;
  readonly points: { x: number; y: number }[];
}

function boxesOf(svg: string): DrawnBox[] {
  return [...svg.matchAll(/<g class="layer" data-layer="([^"]*)">(.*?)<\/g>/gs)].map(([, name, inside]) => {
    const [, x, y, width, height] = /<rect x="(.*?)" y="(.*?)" width="(.*?)" height="(.*?)"/
      .exec(inside)!
      .map(Number);
    const texts = [
      ...inside.matchAll(
        /<text x="(.*?)" y="(.*?)" text-anchor="middle" font-size="(.*?)" font-weight="(.*?)"[^>]*>(.*?)<\/text>/g,
      ),
    ].map(([, x, y, size, weight, text]) => ({
      text,
      x: Number(x),
      y: Number(y),
      size: Number(size),
      weight: weight as 'normal' | 'bold',
    }));
    return { name, x, y, width, height, texts };
  });
}

/** The arrows, each as points along its way: bends by the formula of a cubic curve, to the tip of the head. */
function arrowsOf(svg: string): DrawnArrow[] {
  const pattern =
    /<g class="connection" data-from="(.*?)" data-to="(.*?)">\s*<path d="(.*?)".*?<path d="M(.*?)L/gs;
  return [...svg.matchAll(pattern)].map(([, from, to, way, tip]) => {
    const parts = [...way.matchAll(/[MLC][^MLC]*/g)].map(([part]) => numbers(part.slice(1)));
    const points = [{ x: parts[0][0], y: parts[0][1] }];
    for (const part of parts.slice(1)) {
      const start = points[points.length - 1];
      const controls = [
        start.x,
        start.y,
        ...(part.length === 2 ? [...[start.x, start.y], ...part, ...part] : part),
      ];
      for (let t = 0.05; t < 1.001; t += 0.05) points.push(cubic(controls, t));
    }
    const [x, y] = numbers(tip);
    return { from, to, points: [...points, { x, y }] };
  });
}

function cubic([x0, y0, x1, y1, x2, y2, x3, y3]: number[], t: number) {
  const at = (a: number, b: number, c: number, d: number) =>
    (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t * t * c + t ** 3 * d;
  return { x: at(x0, x1, x2, x3), y: at(y0, y1, y2, y3) };
}

function numbers(text: string): number[] {
  return text.split(/[ ,]/).map(Number);
}

/** What must hold for any drawing: nothing overlaps, all text fits, arrows end at their boxes and cross no other. */
function checkDrawing(svg: string): { boxes: DrawnBox[]; arrows: DrawnArrow[] } {
  const boxes = boxesOf(svg);
  const arrows = arrowsOf(svg);
  for (const [i, a] of boxes.entries()) {
    for (const b of boxes.slice(i + 1)) {
      const apart =
        a.x + a.width <= b.x + 0.11 ||
        b.x + b.width <= a.x + 0.11 ||
        a.y + a.height <= b.y + 0.11 ||
        b.y + b.height <= a.y + 0.11;
      assert.ok(apart, `${a.name} and ${b.name} overlap`);
    }
    for (const { text, x, y, size, weight } of a.texts) {
      const plain = text.replace('&lt;', '<').replace('&amp;', '&');
      const half = (textWidth(plain, size, weight) * 1.05) / 2;
      assert.ok(x - half > a.x && x + half < a.x + a.width, `${a.name}: "${text}" is wider than its box`);
      assert.ok(y - size > a.y && y < a.y + a.height, `${a.name}: "${text}" is above or below its box`);
    }
  }
  for (const { from, to, points } of arrows) {
    const [source, target] = [from, to].map(
      (id) => boxes.find(({ name }) => name === id.replace(/\/\d+$/, ''))!,
    );
    assert.ok(touches(source, points[0]), `${from} to ${to} begins at its box`);
    assert.ok(touches(target, points[points.length - 1]), `${from} to ${to} ends at its box`);
    for (const box of boxes) {
      assert.ok(!points.some((point) => inside(box, point)), `${from} to ${to} crosses ${box.name}`);
    }
  }
  return { boxes, arrows };
}

function touches({ x, y, width, height }: DrawnBox, point: { x: number; y: number }): boolean {
  return point.x > x - 1 && point.x < x + width + 1 && point.y > y - 1 && point.y < y + height + 1;
}

function inside({ x, y, width, height }: DrawnBox, point: { x: number; y: number }): boolean {
  return point.x > x + 1 && point.x < x + width - 1 && point.y > y + 1 && point.y < y + height - 1;
}

/** Connections by the layers' own records: a second opinion to the walk along the tensors. */
function connectionsOf(model: LayersModel): string[] {
  return model.layers.flatMap((layer) =>
    layer.inboundNodes[0].inboundLayers.map((source) => `${source.name}/0 ${layer.name}/0`),
  );
}

/** Draws a new model and disposes it. */
async function drawn(make: () => LayersModel, options?: PlotModelOptions) {
  return withoutLeaks(() => {
    const model = make();
    const svg = plotModel(model, options);
    const names = model.layers.map(({ name }) => name);
    const connections = connectionsOf(model);
    model.dispose();
    return { svg, names, connections };
  });
}

const article = () => ResNet(10, { seed: 1 });

test("the article's net has a box for each layer and an arrow for each connection", async () => {
  const { svg, names, connections } = await drawn(article);
  const { boxes, arrows } = checkDrawing(svg);
  assert.deepEqual(boxes.map(({ name }) => name).sort(), [...names].sort());
  assert.deepEqual(arrows.map(({ from, to }) => `${from} ${to}`).sort(), connections.sort());
  assert.ok(textsOf(svg).includes('28 layers, 329,898 parameters'));
  assert.match(svg, /<title>resnet: 28 layers, 329,898 parameters<\/title>/);
});

test('boxes say class and settings, and shapes where asked for', async () => {
  const plain = textsOf((await drawn(article)).svg);
  for (const text of [
    'stem_conv',
    'Conv2D · 7×7, 64 filters, stride 2',
    'MaxPooling2D · 3×3, stride 2',
    'Dense · 10 units, softmax',
  ]) {
    assert.ok(plain.includes(text), text);
  }
  assert.ok(plain.includes('InputLayer · [batch, 32, 32, 3]'));
  assert.ok(!plain.some((text) => text.startsWith('out ')));
  const { svg } = await drawn(article, { showShapes: true });
  checkDrawing(svg);
  const shapes = textsOf(svg);
  for (const text of [
    'in [batch, 32, 32, 3]',
    'out [batch, 16, 16, 64]',
    'in 2 × [batch, 8, 8, 32]',
    'out [batch, 10]',
  ]) {
    assert.ok(shapes.includes(text), text);
  }
  assert.equal(shapes.filter((text) => text.startsWith('out ')).length, 28);
});

test('names are left out where not wanted', async () => {
  const { svg } = await drawn(article, { showLayerNames: false });
  checkDrawing(svg);
  assert.ok(!textsOf(svg).includes('stem_conv'));
  assert.ok(textsOf(svg).includes('Conv2D · 7×7, 64 filters, stride 2'));
});

test('shortcuts are thick and red: two connections a block, over its convolution', async () => {
  const { svg } = await drawn(article);
  const shortcuts = [
    ...svg.matchAll(/data-from="([^"]*)" data-to="([^"]*)">\s*<path[^>]*stroke-width="2.2"/g),
  ];
  assert.deepEqual(shortcuts.map(([, from, to]) => `${from} ${to}`).sort(), [
    'block1_add/0 block2_shortcut/0',
    'block1_shortcut/0 block1_add/0',
    'block2_add/0 block3_shortcut/0',
    'block2_shortcut/0 block2_add/0',
    'block3_shortcut/0 block3_add/0',
    'stem_pool/0 block1_shortcut/0',
  ]);
});

test('a drawing from left to right grows wide, and folded it stacks what belongs together', async () => {
  const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(
    (await drawn(article, { rankDirection: 'LR' })).svg,
  )!;
  assert.ok(Number(width) > 4 * Number(height));
  for (const rankDirection of ['TB', 'LR'] as const) {
    const { svg } = await drawn(article, { fold: true, rankDirection });
    const { boxes, arrows } = checkDrawing(svg);
    assert.equal(boxes.length, 28);
    assert.equal(arrows.length, 30 - 11); // 4 convolutions with norm and ReLU, 3 with norm only
    const [conv, norm] = ['stem_conv', 'stem_bn'].map((name) => boxes.find((box) => box.name === name)!);
    assert.ok(Math.abs(conv.y + conv.height - norm.y) < 0.11 && conv.x === norm.x);
  }
});

test('a net of 50 layers is drawn in a few seconds, 16 shortcuts included', async () => {
  for (const fold of [false, true]) {
    const start = performance.now();
    const { svg, names } = await drawn(bottleneckNet, { fold });
    const { boxes } = checkDrawing(svg);
    assert.equal(boxes.length, names.length);
    const shortcutEnds = [...svg.matchAll(/data-to="([^"]*_add)\/0">\s*<path[^>]*stroke-width="2.2"/g)];
    assert.equal(shortcutEnds.length, 16);
    assert.ok(performance.now() - start < 20_000);
  }
});

test('a Sequential, a model inside a model, a layer used twice and several inputs are drawn', async () => {
  await withoutLeaks(() => {
    const inner = tf.sequential({ name: 'inner' });
    inner.add(tf.layers.dense({ units: 4, inputShape: [3], name: 'hidden' }));
    inner.add(tf.layers.dropout({ rate: 0.5, name: 'drop' }));
    const sequential = checkDrawing(plotModel(inner));
    assert.deepEqual(
      sequential.boxes.map(({ name }) => name),
      ['hidden_input', 'hidden', 'drop'],
    );
    assert.deepEqual(
      sequential.boxes.map(({ texts }) => texts[1].text),
      ['InputLayer · [batch, 3]', 'Dense · 4 units', 'Dropout · rate 0.5'],
    );

    const [a, b] = [tf.input({ shape: [3], name: 'a' }), tf.input({ shape: [3], name: 'b' })];
    const twice = [inner.apply(a), inner.apply(b)] as SymbolicTensor[];
    const outputs = [tf.layers.concatenate({ name: 'both' }).apply(twice) as SymbolicTensor, twice[1]];
    const outer = tf.model({ inputs: [a, b], outputs, name: 'outer <&>' });
    const svg = plotModel(outer);
    assert.equal(count(svg, /data-layer="inner"/g), 2);
    assert.ok(textsOf(svg).includes('Sequential · 2 layers'));
    assert.ok(svg.includes('>outer &lt;&amp;&gt;</text>'));
    assert.equal(arrowsOf(svg).length, 4);
    outer.dispose();
    inner.dispose();
  });
});

test('drawing changes nothing: the second drawing is the first', () => {
  const model = article();
  const config = JSON.stringify(model.getConfig());
  assert.equal(plotModel(model), plotModel(model));
  assert.equal(JSON.stringify(model.getConfig()), config);
  model.dispose();
});

test('a model that is not built and an unknown direction are refused', () => {
  const empty = tf.sequential({ name: 'empty' });
  assert.throws(() => plotModel(empty), {
    name: 'TypeError',
    message: 'cannot draw empty; the model is not built: give its first layer an inputShape',
  });
  const model = article();
  assert.throws(() => plotModel(model, { rankDirection: 'TD' as 'TB' }), {
    name: 'RangeError',
    message: 'invalid rankDirection; neither TB nor LR: TD',
  });
  model.dispose();
});

for (const rankDirection of ['TB', 'LR'] as const) {
  test(`shortcuts beside a single column of boxes stay inside the drawing, ${rankDirection}`, async () => {
    const config = cifarResNetConfig(8);
    const oneStage = { ...config, stages: config.stages.slice(0, 1) }; // its shortcuts are arrows alone
    const { svg } = await drawn(() => buildResNet(oneStage), { rankDirection });
    const [width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.slice(1).map(Number);
    const [, left, above] = /<g transform="translate\((\d+),(\d+)\)">/.exec(svg)!.map(Number);
    const points = arrowsOf(svg).flatMap(({ points }) => points);
    const outside = points.filter(
      ({ x, y }) => x + left < 2 || x + left > width - 2 || y + above < 2 || y + above > height - 2,
    );
    assert.deepEqual(outside, []);
  });
}
