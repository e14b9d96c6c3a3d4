import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildResNet } from '../../lib/src/model/build-resnet';
import { cifarResNetConfig } from '../../lib/src/model/cifar-resnet';
import { ResNet } from '../../lib/src/model/resnet';
import { modelOutline } from '../../lib/src/notebook/model-outline';
import { modelGraph } from '../../lib/src/plot/model-graph';
import { modelParts, partGraph } from '../../lib/src/plot/model-parts';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';

test('a deep net is its stages, these are their blocks, and blocks that are alike are told once', async () => {
  await withoutLeaks(() => {
    const net = buildResNet(cifarResNetConfig(110, { shortcut: 'A' }), { seed: null });
    const parts = modelParts(modelGraph(net));
    const stages = parts.filter(({ name }) => name.startsWith('stage'));
    assert.deepEqual(
      stages.map(({ name, parts }) => [
        name,
        ...parts.map(({ name, lastName, alike }) => [name, lastName, alike]),
      ]),
      [
        ['stage1', ['block1', 'block18', 18]],
        ['stage2', ['block1', 'block1', 1], ['block2', 'block18', 17]],
        ['stage3', ['block1', 'block1', 1], ['block2', 'block18', 17]],
      ],
    );
    assert.equal(
      parts.reduce((sum, { nodes }) => sum + nodes.length, 0),
      modelGraph(net).nodes.length,
    );
    net.dispose();
  });
});

test('the drawing of a block has what it takes from outside, its shortcut, and nothing else', async () => {
  await withoutLeaks(() => {
    const net = ResNet(10);
    const graph = modelGraph(net);
    const block = modelParts(graph).find(({ name }) => name === 'block1')!;
    const { nodes, edges } = partGraph(graph, block);
    const outside = nodes.filter(({ id }) => !block.nodes.some((node) => node.id === id));
    assert.equal(outside.length, 1);
    assert.ok(edges.some(({ shortcut }) => shortcut));
    assert.ok(edges.every(({ from, to }) => [from, to].every((end) => nodes.some(({ id }) => id === end))));
    net.dispose();
  });
});

test('the outline unfolds without scripts, counts every parameter, and is text in a terminal', async () => {
  await withoutLeaks(() => {
    const net = buildResNet(cifarResNetConfig(20), { seed: null });
    const { html, text } = modelOutline(net);
    assert.match(text, /^.*: \d+ layers, 271,098 parameters\n/);
    assert.match(
      text,
      /\n {2}stage2: 3 blocks, \d+ layers, [\d,]+ parameters, gives \[16, 16, 32\]\n {4}block1: /,
    );
    const counted = [...text.matchAll(/^ {2}\S.*?([\d,]+) parameters/gm)].map(([, count]) =>
      Number(count.replace(/,/g, '')),
    );
    assert.equal(
      counted.reduce((sum, count) => sum + count, 0),
      net.countParams(),
    );
    assert.ok(!/<script|\son\w+=/.test(html!));
    assert.equal([...html!.matchAll(/<details>/g)].length, [...html!.matchAll(/<\/details>/g)].length);
    assert.match(html!, /<img alt="the layers of block1"/);
    net.dispose();
  });
});

test('a layer of another name is a part by itself, with its input', async () => {
  await withoutLeaks(() => {
    const net = tf.sequential({
      layers: [
        tf.layers.dense({ units: 2, inputShape: [3], name: 'first' }),
        tf.layers.dense({ units: 1, name: 'second' }),
      ],
    });
    const { text } = modelOutline(net);
    assert.match(
      text,
      /first: 2 layers, 8 parameters, gives \[2\]\n {2}second: 1 layer, 3 parameters, gives \[1\]$/,
    );
    net.dispose();
  });
});
