import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cifarResNet, wideResNet } from '../../lib/src/model/cifar-resnet';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';

test('the stages have the shapes of the drawing', async () => {
  await withoutLeaks(() => {
    const model = cifarResNet(20);
    assert.deepEqual(model.getLayer('stage1_block3_add').outputShape, [null, 32, 32, 16]);
    assert.deepEqual(model.getLayer('stage2_block1_add').outputShape, [null, 16, 16, 32]);
    assert.deepEqual(model.getLayer('stage3_block3_add').outputShape, [null, 8, 8, 64]);
    assert.deepEqual(model.outputShape, [null, 10]);
    model.dispose();
  });
});

test('without residuals the shortcuts alone carry every second pixel and zeros for new channels', async () => {
  await withoutLeaks(() => {
    const model = cifarResNet(20);
    const shortcut = ['sample', 'channels'].map((part) => model.getLayer(`stage2_block1_shortcut_${part}`));
    tf.tidy(() => {
      const x = tf.range(0, 5 * 4 * 16).reshape([1, 5, 4, 16]); // an odd height too
      const y = shortcut.reduce((x, layer) => layer.apply(x) as typeof x, x);
      assert.deepEqual(y.shape, [1, 3, 2, 32]);
      const every = x.stridedSlice([0, 0, 0, 0], [1, 5, 4, 16], [1, 2, 2, 1]);
      assert.deepEqual([...y.slice([0, 0, 0, 0], [1, 3, 2, 16]).dataSync()], [...every.dataSync()]);
      assert.ok(
        y
          .slice([0, 0, 0, 16])
          .dataSync()
          .every((value) => value === 0),
      );
    });
    model.dispose();
  });
});

test('the same seed gives the same weights, another one others, and a saved net predicts the same', async () => {
  await withoutLeaks(async () => {
    const statistics = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.2, 0.3] };
    const models = [1, 1, 2].map((seed) => cifarResNet(20, { statistics, seed }));
    const sums = models.map((model) =>
      tf.tidy(() => tf.addN(model.getWeights().map((w) => w.abs().sum())).dataSync()[0]),
    );
    assert.equal(sums[0], sums[1]);
    assert.notEqual(sums[0], sums[2]);
    let saved: Parameters<typeof tf.io.fromMemory>[0] | undefined;
    await models[0].save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
      }),
    );
    const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved!));
    tf.tidy(() => {
      const x = tf.randomUniform([2, 32, 32, 3], 0, 1, 'float32', 1);
      const [a, b] = [models[0], loaded].map((model) => model.predict(x) as typeof x);
      assert.deepEqual([...a.dataSync()], [...b.dataSync()]);
    });
    for (const model of [...models, loaded]) model.dispose();
  });
});

test('a depth or an option that cannot be is refused in words', () => {
  assert.throws(() => cifarResNet(18), {
    name: 'RangeError',
    message: 'invalid depth; not 6 n + 2, as 20, 32, 44, 56, 110 and 1202, with basic blocks: 18',
  });
  assert.throws(() => cifarResNet(20, { block: 'bottleneck', version: 2, width: 0 }), {
    name: 'RangeError',
    message: 'invalid width; not a finite number greater than 0: 0',
  });
  assert.throws(() => cifarResNet(20, { width: 0.3 }), {
    name: 'RangeError',
    message: 'invalid width; not a multiple of 1/16, so that channels are whole: 0.3',
  });
  assert.throws(
    () => cifarResNet(110, { block: 'bottleneck', classes: 3, depth: 1 } as never),
    /unknown option/,
  );
  assert.throws(() => cifarResNet(21, { block: 'bottleneck' }), {
    name: 'RangeError',
    message: 'invalid depth; not 9 n + 2, as 164 and 1001, with bottleneck blocks: 21',
  });
  assert.throws(() => cifarResNet(20, { block: 'wide' } as never), {
    name: 'TypeError',
    message: 'invalid block; not "basic" or "bottleneck": "wide"',
  });
  assert.throws(() => wideResNet(18, 4), {
    name: 'RangeError',
    message: 'invalid depth; not 6 n + 4, such as 16, 22, 28 or 40: 18',
  });
  assert.throws(() => cifarResNet(20, { classes: 1 }), /invalid classes; not an integer of at least 2: 1/);
  assert.throws(() => cifarResNet(20, { depth: 3 } as never), /unknown option; cifarResNet takes/);
});

test('a zero init is refused where no block could begin as its shortcut', () => {
  for (const [options, found] of [
    [{ version: 2 }, 'version 2 and shortcut "B"'],
    [{ shortcut: 'none' }, 'version 1 and shortcut "none"'], // it would put out 0 for ever
  ] as const) {
    assert.throws(() => cifarResNet(8, { ...options, zeroInit: true }), {
      name: 'TypeError',
      message: `invalid zeroInit; only branches that end in a norm, beside a shortcut, can begin as nothing: true with ${found}`,
    });
  }
});

test('what norms are told is checked, and what is not told has its default', () => {
  const model = cifarResNet(8, { norm: { momentum: undefined, epsilon: 1e-3 } });
  const { momentum, epsilon } = model.getLayer('stem_bn').getConfig();
  assert.deepEqual([momentum, epsilon], [0.9, 1e-3]);
  model.dispose();
  for (const [norm, message] of [
    [{ decay: 0.5 }, 'unknown option; norm takes { momentum, epsilon }: decay'],
    [{ momentum: 1.5 }, 'invalid norm.momentum; not a number in [0, 1): 1.5'],
    [{ epsilon: 0 }, 'invalid norm.epsilon; not a finite number greater than 0: 0'],
    [true, 'invalid options; norm takes { momentum, epsilon }: true'],
  ] as const) {
    assert.throws(() => cifarResNet(8, { norm: norm as never }), { message });
  }
});
