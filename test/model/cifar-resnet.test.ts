import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cifarResNet } from '../../lib/src/model/cifar-resnet';
import { countParameters } from '../../lib/src/model/layer-table';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';

/** He et al. 2015, table 6, counted without projections (option A). */
const TRAINED = { 20: 269_722, 32: 464_154, 44: 658_586, 56: 853_018, 110: 1_727_962 };

for (const [depth, trainable] of Object.entries(TRAINED)) {
  test(`ResNet-${depth} has ${trainable.toLocaleString('en-US')} trained parameters, and so has its plain twin`, async () => {
    await withoutLeaks(() => {
      for (const shortcut of [true, false]) {
        const model = cifarResNet(Number(depth), { shortcut });
        assert.equal(countParameters(model).trainable, trainable);
        model.dispose();
      }
    });
  });
}

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
    const layer = model.getLayer('stage2_block1_shortcut');
    tf.tidy(() => {
      const x = tf.range(0, 5 * 4 * 16).reshape([1, 5, 4, 16]); // an odd height too
      const y = layer.apply(x) as typeof x;
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
    message: 'invalid depth; not 6 n + 2, such as 20, 32, 44, 56 or 110: 18',
  });
  assert.throws(() => cifarResNet(20, { classes: 1 }), /invalid classes; not an integer of at least 2: 1/);
  assert.throws(() => cifarResNet(20, { depth: 3 } as never), /unknown option; cifarResNet takes/);
});
