import assert from 'node:assert/strict';
import test from 'node:test';
import type { SymbolicTensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { batchOf } from '../../lib/src/data/batches';
import { activations } from '../../lib/src/evaluate/activations';
import { layerResponses } from '../../lib/src/explain/layer-responses';
import { cifarResNet } from '../../lib/src/model/cifar-resnet';
import { whitenedResNet } from '../../lib/src/model/whitened-resnet';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { smallSplit } from './small-nets';

const inSmall = { inputShape: [8, 8, 3], classes: 3, seed: 1 } as const;

/** Two pixels, 0 and 1, tripled and doubled: x = 3 p, F(x) = 2 x, in one channel; the convolutions' kernels have a middle only. */
function tripledAndDoubled() {
  const images = tf.input({ shape: [1, 2, 1], name: 'images' });
  const conv = (name: string) =>
    tf.layers.conv2d({ filters: 1, kernelSize: 3, padding: 'same', useBias: false, name });
  const stem = conv('stem_conv').apply(images) as SymbolicTensor;
  const branch = conv('stage1_block1_1_conv').apply(stem) as SymbolicTensor;
  const sum = tf.layers.add({ name: 'stage1_block1_add' }).apply([stem, branch]) as SymbolicTensor;
  const pooled = tf.layers.globalAveragePooling2d({ name: 'pool' }).apply(sum) as SymbolicTensor;
  const model = tf.model({
    inputs: images,
    outputs: tf.layers.dense({ units: 2 }).apply(pooled) as SymbolicTensor,
  });
  const middle = (value: number) => tf.tensor4d([0, 0, 0, 0, value, 0, 0, 0, 0], [3, 3, 1, 1]);
  for (const [layer, value] of [
    ['stem_conv', 3],
    ['stage1_block1_1_conv', 2],
  ] as const) {
    const kernel = middle(value);
    model.getLayer(layer).setWeights([kernel]);
    kernel.dispose();
  }
  return model;
}

const close = (value: number, expected: number, tolerance = 1e-5) =>
  assert.ok(Math.abs(value - expected) <= tolerance * Math.abs(expected), `${value}, not ${expected}`);

test('responses computed by hand, whatever the batch size', async () => {
  const split = {
    name: 'pixels',
    images: Uint8Array.of(0, 255, 255, 255, 0, 0), // three images
    labels: Uint8Array.of(0, 1, 0),
    classNames: ['a', 'b'],
    imageShape: [1, 2, 1] as const,
  };
  for (const batchSize of [1, 2, 250]) {
    const { layers, blocks } = await layerResponses(tripledAndDoubled(), split, { batchSize });
    // half of six pixels are 1: std 1/2, root mean square sqrt(1/2), times 3 and times 6
    close(layers[0].std, 3 / 2);
    close(layers[1].std, 6 / 2);
    assert.deepEqual(
      layers.map(({ layer, depth }) => [layer, depth]),
      [
        ['stem_conv', 1],
        ['stage1_block1_1_conv', 2],
      ],
    );
    close(blocks[0].branch, 6 * Math.SQRT1_2);
    close(blocks[0].shortcut, 3 * Math.SQRT1_2);
    close(blocks[0].ratio, 2);
    assert.equal(blocks[0].block, 'stage1_block1');
  }
});

test("a ResNet's responses are those of its batch norms, its blocks' those of the sums' two inputs", async () => {
  const model = cifarResNet(14, inSmall);
  const split = smallSplit(10);
  const { layers, blocks } = await layerResponses(model, split, { batchSize: 4 });
  assert.deepEqual(
    layers.map(({ depth }) => depth),
    Array.from({ length: 13 }, (_, i) => i + 1),
  );
  assert.deepEqual(
    blocks.map(({ block }) => block),
    [1, 2, 3].flatMap((stage) => [1, 2].map((i) => `stage${stage}_block${i}`)),
  );
  const { images } = batchOf(
    split,
    Array.from({ length: 10 }, (_, i) => i),
  );
  const names = ['stage2_block2_1_bn', 'stage2_block2_2_bn', 'stage2_block1_relu', 'stem_bn'];
  const [first, branch, shortcut, stem] = activations(model, names, images as Tensor4D);
  const stdOf = (layer: string) => layers.find((each) => each.layer === layer)!.std;
  close(stdOf('stage2_block2_1_conv'), Math.sqrt(tf.moments(first).variance.dataSync()[0]), 1e-4);
  close(stdOf('stem_conv'), Math.sqrt(tf.moments(stem).variance.dataSync()[0]), 1e-4);
  const { ratio } = blocks[3];
  close(ratio, Math.sqrt(branch.square().mean().div(shortcut.square().mean()).dataSync()[0]), 1e-4);
});

test('in a net of 2016 a convolution before the addition responds itself; a plain net has no blocks', async () => {
  const { layers, blocks } = await layerResponses(cifarResNet(8, { ...inSmall, version: 2 }), smallSplit(4));
  assert.equal(layers.length, 7);
  assert.equal(blocks.length, 3);
  const last = layers.find(({ layer }) => layer === 'stage1_block1_2_conv')!;
  assert.ok(Math.abs(last.std - blocks[0].branch) < 0.2 * last.std); // the same tensor, but for its mean
  const plain = await layerResponses(cifarResNet(8, { ...inSmall, shortcut: 'none' }), smallSplit(4));
  assert.deepEqual([plain.layers.length, plain.blocks.length], [7, 0]);
});

test('the branch is the longer way, whichever summand is named first', async () => {
  const model = whitenedResNet(3, { widths: [4, 4], inputShape: [8, 8, 3], seed: 1 });
  const { blocks } = await layerResponses(model, smallSplit(6));
  const [kernel] = model.getLayer('block2_conv3').getWeights();
  const zeros = tf.zerosLike(kernel);
  model.getLayer('block2_conv3').setWeights([zeros]);
  zeros.dispose();
  const without = await layerResponses(model, smallSplit(6));
  assert.ok(blocks[1].ratio > 0.01);
  assert.ok(without.blocks[1].branch < 1e-6);
  assert.equal(without.blocks[1].shortcut, blocks[1].shortcut);
});

test('measuring leaves no tensor behind, and a net without 3x3 convolutions is refused', async () => {
  const model = cifarResNet(8, inSmall);
  for (const compile of [{}, false] as const)
    await withoutLeaks(() => layerResponses(model, smallSplit(4), { compile }));
  const flat = tf.sequential({
    name: 'flat',
    layers: [tf.layers.flatten({ inputShape: [8, 8, 3] }), tf.layers.dense({ units: 3 })],
  });
  await assert.rejects(layerResponses(flat, smallSplit(3)), {
    name: 'TypeError',
    message: 'cannot measure responses; flat has no 3x3 convolution',
  });
});
