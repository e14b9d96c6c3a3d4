import assert from 'node:assert/strict';
import test from 'node:test';
import type { LayersModel, Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { activations, featuresOf } from '../../lib/src/evaluate/activations';
import { netParts } from '../../lib/src/explain/net-parts';
import { residualBlocks } from '../../lib/src/explain/residual-blocks';
import { WeightChanges } from '../../lib/src/explain/weight-changes';
import { cifarResNet } from '../../lib/src/model/cifar-resnet';
import { ResNet } from '../../lib/src/model/resnet';
import { resNet9 } from '../../lib/src/model/resnet9';
import { whitenedResNet } from '../../lib/src/model/whitened-resnet';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { weightsOf } from '../train/tiny-problem';

const small = { inputShape: [8, 8, 3], classes: 3, seed: 1 } as const;
const images = tf.randomUniform([2, 8, 8, 3], 0, 1, 'float32', 5) as Tensor4D;

/** Batch norms that have learned something: no weight is 0 or 1. */
function experienced(model: LayersModel): LayersModel {
  tf.tidy(() => {
    model.setWeights(
      model.getWeights().map((weight, i) => {
        return weight.shape.length > 1 ? weight : tf.randomUniform(weight.shape, 0.5, 1.5, 'float32', i + 1);
      }),
    );
  });
  return model;
}

function assertAlike(value: Tensor, expected: Tensor, what: string): void {
  const scale = expected.abs().max().dataSync()[0];
  const difference = value.sub(expected).abs().max().dataSync()[0];
  assert.ok(scale > 0 && difference <= 1e-5 * scale, `${what}: ${difference} of ${scale}`);
}

const NETS: Readonly<Record<string, () => LayersModel>> = {
  'of 2015': () => cifarResNet(14, small),
  'with projections': () => cifarResNet(8, { ...small, shortcut: 'C' }),
  'of bottlenecks': () => cifarResNet(11, { ...small, block: 'bottleneck', shortcut: 'B' }),
  'with biases and squeeze-excitation': () =>
    cifarResNet(8, { ...small, convBias: 'always', squeezeExcitation: 4, stochasticDepth: 0.2 }),
  'of 2016': () => cifarResNet(14, { ...small, version: 2, convBias: 'unnormed' }),
  "of the article's blocks": () => ResNet(3, { inputShape: [8, 8, 3], seed: 1 }),
  'whose batch norms have no gamma': () =>
    whitenedResNet(3, { widths: [4, 4], inputShape: [8, 8, 3], seed: 1 }),
  'whose branches end in a ReLU': () => resNet9({ ...small, widths: [4, 4, 4, 4] }),
};

for (const [kind, build] of Object.entries(NETS)) {
  test(`without its branch a block of a net ${kind} puts out its shortcut`, async () => {
    const model = experienced(build());
    const blocks = residualBlocks(model);
    const parts = netParts(model);
    assert.deepEqual(
      parts.map(({ name }) => name),
      blocks.map(({ name }) => name),
    );
    for (const [i, { sum, shortcut, name }] of blocks.entries()) {
      const [before, expected] = activations(
        model,
        [sum.sourceLayer.name, shortcut.sourceLayer.name],
        images,
      );
      assert.ok(before.sub(expected).abs().max().dataSync()[0] > 1e-3, name); // there is something to remove
      const changes = new WeightChanges();
      parts[i].remove(changes);
      await changes.during(async () => {
        const value = featuresOf(model, sum.sourceLayer.name, images);
        assert.deepEqual(value.dataSync(), expected.dataSync());
      });
    }
  });
}

test('a layer taken out of a plain net passes on what comes to it, or what option A would make of it', async () => {
  const model = experienced(cifarResNet(8, { ...small, shortcut: 'none' }));
  const parts = netParts(model);
  const names = parts.map(({ name }) => name);
  assert.deepEqual(
    names,
    [1, 2, 3].flatMap((stage) => [1, 2].map((part) => `stage${stage}_block1_${part}`)),
  );
  const reluOf = (name: string) => `${name.endsWith('_2') ? name.slice(0, -2) : name}_relu`;
  const outputs = ['stem_relu', ...names.map(reluOf)];
  for (const [i, part] of parts.entries()) {
    const before = featuresOf(model, outputs[i], images) as Tensor4D;
    const shrinks = part.name === 'stage2_block1_1' || part.name === 'stage3_block1_1';
    const expected = shrinks
      ? (tf.avgPool(before, 1, 2, 'valid') as Tensor4D).pad([
          [0, 0],
          [0, 0],
          [0, 0],
          [0, before.shape[3]],
        ])
      : before;
    const changes = new WeightChanges();
    part.remove(changes);
    await changes.during(async () => {
      assertAlike(featuresOf(model, outputs[i + 1], images), expected, part.name);
    });
  }
});

test('parts are of the same kind where weights and maps have the same shapes', () => {
  const kindsOf = (model: LayersModel) => netParts(model).map(({ kind }) => kind);
  const [a, b, c, d, e, f] = kindsOf(cifarResNet(14, small));
  assert.equal(a, b);
  assert.equal(new Set([b, c, d, e, f]).size, 5); // the first block of stages 2 and 3 halves the maps
  const wide = kindsOf(cifarResNet(20, small));
  assert.deepEqual([wide[4] === wide[5], wide[7] === wide[8], wide[5] === wide[8]], [true, true, false]);
});

test('weights come back to the bit, also when what runs with the changes throws, and no tensor is left', async () => {
  const model = experienced(cifarResNet(8, small));
  const before = weightsOf(model);
  const changes = new WeightChanges();
  const parts = netParts(model);
  parts[0].remove(changes);
  changes.exchange(parts[1].variables, parts[1].variables);
  await withoutLeaks(async () => {
    await assert.rejects(
      changes.during(async () => {
        assert.notDeepEqual(weightsOf(model), before);
        throw new Error('stopped');
      }),
      { message: 'stopped' },
    );
  });
  assert.deepEqual(weightsOf(model), before);
});

test('a net without additions and without the names of plain blocks cannot be taken apart', () => {
  const layers = [tf.layers.flatten({ inputShape: [8, 8, 3] }), tf.layers.dense({ units: 3 })];
  assert.throws(() => netParts(tf.sequential({ layers, name: 'flat' })), {
    name: 'TypeError',
    message:
      'cannot take flat apart; it has neither an addition called ..._add nor a convolution and batch norm called ' +
      'stage1_block1_1_conv and ..._bn as those of cifarResNet(20)',
  });
});
