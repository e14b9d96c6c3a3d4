import assert from 'node:assert/strict';
import test from 'node:test';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { evaluate } from '../../lib/src/evaluate/evaluate';
import { predict } from '../../lib/src/evaluate/predict';
import { type LesionRecord, lesion } from '../../lib/src/explain/lesion';
import {
  eachRemoved,
  kendallTau,
  type Lesion,
  partNames,
  someRemoved,
  someSwapped,
} from '../../lib/src/explain/lesion-plans';
import { cifarResNet } from '../../lib/src/model/cifar-resnet';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { weightsOf } from '../train/tiny-problem';
import { smallSplit } from './small-nets';

const small = { inputShape: [8, 8, 3], classes: 3, seed: 1 } as const;
const split = smallSplit(12);

async function all(model: LayersModel, lesions: readonly Lesion[], compile: object | false = false) {
  const records: LesionRecord[] = [];
  for await (const record of lesion(model, split, lesions, { compile })) records.push(record);
  return records;
}

const lossOf = async (model: LayersModel) => evaluate(await predict(model, split, { compile: false })).loss;

for (const compile of [{}, false] as const) {
  test(`a lesion tells what a net without the block does, ${compile ? 'compiled' : 'eager'}`, async () => {
    const model = cifarResNet(8, small);
    const before = weightsOf(model);
    const [whole, ...removed] = await all(model, eachRemoved(model), compile);
    assert.deepEqual(weightsOf(model), before);
    assert.ok(Math.abs(whole.loss - (await lossOf(model))) < 1e-5);
    assert.deepEqual(
      removed.map((record) => record.removed),
      partNames(model).map((name) => [name]),
    );
    for (const {
      removed: [name],
      loss,
      order,
    } of removed) {
      const twin = cifarResNet(8, small);
      const norm = twin.getLayer(`${name}_2_bn`); // zeros for gamma: nothing to subtract
      const [, beta, mean, variance] = norm.getWeights();
      norm.setWeights([tf.zerosLike(beta), beta, mean, variance]);
      assert.ok(Math.abs(loss - (await lossOf(twin))) < 1e-5, name);
      assert.notEqual(loss, whole.loss);
      assert.equal(order, 1);
    }
  });
}

test("swapped blocks have each other's weights, and the order tells how much was swapped", async () => {
  const model = cifarResNet(14, small);
  const pair = ['stage1_block1', 'stage1_block2'] as const;
  const [, swapped, twice] = await all(model, [
    { removed: [], swapped: [pair] },
    { removed: [], swapped: [pair, pair] },
  ]);
  const twin = cifarResNet(14, small);
  const layersOf = (name: string) => twin.layers.filter((layer) => layer.name.startsWith(`${name}_`));
  layersOf(pair[0]).forEach((layer, i) => {
    const other = layersOf(pair[1])[i];
    const [own, others] = [layer, other].map((each) => each.getWeights().map((weight) => weight.clone()));
    layer.setWeights(others);
    other.setWeights(own);
  });
  assert.ok(Math.abs(swapped.loss - (await lossOf(twin))) < 1e-5);
  assert.ok(Math.abs(twice.loss - (await lossOf(model))) < 1e-5);
  assert.notEqual(swapped.loss, twice.loss);
  assert.equal(swapped.order, 1 - 2 / 15); // one of 15 pairs of six blocks
  assert.equal(twice.order, 1);
});

test('at every record, and when the loop is left or aborted, the model has its own weights', async () => {
  const model = cifarResNet(8, small);
  const before = weightsOf(model);
  const lesions = eachRemoved(model);
  await withoutLeaks(async () => {
    for await (const { done, total, secondsLeft } of lesion(model, split, lesions, { compile: false })) {
      assert.deepEqual(weightsOf(model), before);
      assert.equal(total, 4);
      assert.ok(secondsLeft > 0);
      if (done === 2) break;
    }
    const controller = new AbortController();
    const options = { compile: false, batchSize: 2, signal: controller.signal } as const;
    const stopped = (async () => {
      for await (const { done } of lesion(model, split, lesions, options)) {
        if (done === 1) setImmediate(() => controller.abort());
      }
    })();
    await assert.rejects(stopped, { name: 'AbortError' });
  });
  assert.deepEqual(weightsOf(model), before);
});

test('plans are drawn by their seed: sets without repetition in the order of the net, pairs of the same shapes', () => {
  const model = cifarResNet(20, small);
  const names = partNames(model);
  const removed = someRemoved(model, { counts: [1, 9], draws: 3, seed: 4 });
  assert.deepEqual(removed, someRemoved(model, { counts: [1, 9], draws: 3, seed: 4 }));
  assert.notDeepEqual(removed, someRemoved(model, { counts: [1, 9], draws: 3, seed: 5 }));
  assert.deepEqual(
    removed.map((each) => each.removed.length),
    [1, 1, 1, 9, 9, 9],
  );
  assert.deepEqual(removed[5].removed, names);
  const swapped = someSwapped(model, { counts: [1, 30], seed: 2 });
  assert.deepEqual(
    swapped.map((each) => each.swapped.length),
    [1, 1, 1, 1, 1, 30, 30, 30, 30, 30],
  );
  const drawn = new Set(swapped.flatMap((each) => each.swapped.map((pair) => pair.join(' '))));
  assert.deepEqual([...drawn].sort(), [
    'stage1_block1 stage1_block2',
    'stage1_block1 stage1_block3',
    'stage1_block2 stage1_block3',
    'stage2_block2 stage2_block3',
    'stage3_block2 stage3_block3',
  ]);
});

test("Kendall's tau of hand-made orders", () => {
  assert.equal(kendallTau([0, 1, 2]), 1);
  assert.equal(kendallTau([2, 1, 0]), -1);
  assert.equal(kendallTau([1, 0, 2]), 1 / 3);
});

test('impossible lesions are refused before anything is done', async () => {
  const model = cifarResNet(8, small);
  await assert.rejects(all(model, [{ removed: ['stage9'], swapped: [] }]), {
    name: 'RangeError',
    message: 'unknown part; not in the net: stage9; it has stage1_block1, stage2_block1, stage3_block1',
  });
  await assert.rejects(all(model, [{ removed: [], swapped: [['stage1_block1', 'stage2_block1']] }]), {
    name: 'TypeError',
    message:
      'cannot swap parts; their weights and maps must have the same shapes: stage1_block1 and stage2_block1',
  });
  assert.throws(() => someRemoved(model, { counts: [4] }), {
    name: 'RangeError',
    message: 'invalid counts; the net has 3 parts: 4',
  });
  assert.throws(() => someSwapped(model, { counts: [1] }), {
    name: 'RangeError',
    message: 'cannot swap; no two parts of cifar_resnet8 have the same shapes',
  });
});
