import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { adam } from '../../lib/src/model/keras-defaults';
import { countParameters } from '../../lib/src/model/layer-table';
import { ResNet } from '../../lib/src/model/resnet';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';

function weightsOf(model: LayersModel): number[][] {
  return model.getWeights().map((weight) => [...weight.dataSync()]);
}

test("the article's network has its 329,898 parameters, 328,874 of them trained", async () => {
  await withoutLeaks(() => {
    const model = ResNet(10);
    assert.deepEqual(countParameters(model), { total: 329_898, trainable: 328_874 });
    model.dispose();
  });
});

test('the shapes are those of the drawing', async () => {
  await withoutLeaks(() => {
    const model = ResNet(10);
    const shape = (name: string) => model.getLayer(name).outputShape;
    assert.deepEqual(shape('stem_conv'), [null, 16, 16, 64]);
    assert.deepEqual(shape('stem_pool'), [null, 8, 8, 64]);
    assert.deepEqual(shape('block1_add'), [null, 8, 8, 32]);
    assert.deepEqual(shape('block2_add'), [null, 4, 4, 64]);
    assert.deepEqual(shape('block3_add'), [null, 2, 2, 128]);
    assert.deepEqual(shape('head_pool'), [null, 128]);
    assert.deepEqual(model.outputShape, [null, 10]);
    model.dispose();
  });
});

test('the layers have readable names, the same in every model', async () => {
  await withoutLeaks(() => {
    const models = [ResNet(10), ResNet(10)];
    const block = (name: string) =>
      ['conv1', 'bn1', 'relu', 'conv2', 'bn2', 'shortcut', 'add'].map((part) => `${name}_${part}`);
    const expected = [
      ...['images', 'stem_conv', 'stem_bn', 'stem_relu', 'stem_pool'],
      ...['block1', 'block2', 'block3'].flatMap(block),
      ...['head_pool', 'head_dense'],
    ];
    for (const model of models) {
      assert.deepEqual(model.layers.map((layer) => layer.name).sort(), [...expected].sort());
      model.dispose();
    }
  });
});

test('a seed fixes the initial weights, and no seed leaves them to chance', async () => {
  await withoutLeaks(() => {
    const seeds = [1, 1, 2, 0, 0, undefined, undefined];
    const [one, oneAgain, two, zero, zeroAgain, free, freeAgain] = seeds.map((seed) => {
      const model = ResNet(10, { seed });
      const weights = weightsOf(model);
      model.dispose();
      return weights;
    });
    assert.deepEqual(one, oneAgain);
    assert.deepEqual(zero, zeroAgain); // 0 counts as "no seed" in some of TensorFlow.js's initialisers
    assert.notDeepEqual(one, two);
    assert.notDeepEqual(one, zero);
    assert.notDeepEqual(free, freeAgain);
  });
});

test('two networks in one process keep apart although their layers share names', async () => {
  await withoutLeaks(() => {
    const [one, same, other] = [1, 1, 2].map((seed) => ResNet(4, { inputShape: [16, 16, 3], seed }));
    tf.tidy(() => {
      const images = tf.randomUniform([2, 16, 16, 3], 0, 1, 'float32', 5);
      const [a, b, c] = [one, same, other].map((model) => [...(model.predict(images) as Tensor).dataSync()]);
      assert.deepEqual(a, b);
      assert.notDeepEqual(a, c);
    });
    for (const model of [one, same, other]) model.dispose();
  });
});

test('another number of classes and another image shape are honoured, probabilities add up to 1', async () => {
  await withoutLeaks(() => {
    const model = ResNet(3, { inputShape: [28, 20, 1] });
    assert.deepEqual(model.inputs[0].shape, [null, 28, 20, 1]);
    tf.tidy(() => {
      const probabilities = model.predict(tf.randomUniform([4, 28, 20, 1])) as Tensor;
      assert.deepEqual(probabilities.shape, [4, 3]);
      for (const total of probabilities.sum(1).dataSync()) assert.ok(Math.abs(total - 1) < 1e-6);
    });
    model.dispose();
  });
});

test('a model rebuilt from its description computes the same', async () => {
  await withoutLeaks(async () => {
    const model = ResNet(5, { inputShape: [16, 16, 3], seed: 3 });
    let saved: Parameters<typeof tf.io.fromMemory>[0] | undefined;
    const receive = tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    });
    await model.save(receive);
    const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved!));
    assert.deepEqual(weightsOf(loaded), weightsOf(model));
    assert.deepEqual(
      loaded.layers.map((layer) => [layer.name, layer.getClassName()]),
      model.layers.map((layer) => [layer.name, layer.getClassName()]),
    );
    model.dispose();
    loaded.dispose();
  });
});

test('a trained model and its optimizer leave nothing behind', async () => {
  await withoutLeaks(async () => {
    const model = ResNet(10, { seed: 1 });
    const optimizer = adam();
    model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
    const [images, targets] = [tf.randomUniform([4, 32, 32, 3]), tf.oneHot([0, 1, 2, 3], 10)];
    await model.trainOnBatch(images, targets);
    tf.dispose([images, targets]);
    model.dispose();
    optimizer.dispose();
  });
});

test('what no network can be built from is refused, and nothing is left behind', async () => {
  await withoutLeaks(() => {
    const classes = (value: string) => `invalid numClasses; not an integer of at least 2: ${value}`;
    assert.throws(() => ResNet(1), new RangeError(classes('1')));
    assert.throws(() => ResNet(2.5), new RangeError(classes('2.5')));
    assert.throws(() => ResNet([32, 32, 3] as never), new TypeError(classes('[32,32,3]')));
    assert.throws(() => ResNet(undefined as never), new TypeError(classes('undefined')));

    const shape = (value: string) =>
      `invalid inputShape; not three positive integers, [height, width, channels]: ${value}`;
    for (const inputShape of [
      [32, 32],
      [0, 32, 3],
      [32, 32, 3.5],
      [null, 32, 3],
      [8, 32, 32, 3],
    ]) {
      const expected = new TypeError(shape(JSON.stringify(inputShape)));
      assert.throws(() => ResNet(10, { inputShape: inputShape as never }), expected);
    }
    assert.throws(() => ResNet(10, { inputShape: 32 as never }), new TypeError(shape('32')));

    assert.throws(() => ResNet(10, { seed: 1.5 }), new RangeError('invalid seed; not an integer: 1.5'));
    assert.throws(
      () => ResNet(10, { seed: 'one' as never }),
      new TypeError('invalid seed; not an integer: "one"'),
    );
    const takes = 'ResNet takes { inputShape, seed }';
    assert.throws(
      () => ResNet(10, { shape: [1, 1, 1] } as never),
      new TypeError(`unknown option; ${takes}: shape`),
    );
    assert.throws(
      () => ResNet(10, [32, 32, 3] as never),
      new TypeError(`invalid options; ${takes}: [32,32,3]`),
    );
    assert.throws(() => ResNet(10, null as never), new TypeError(`invalid options; ${takes}: null`));
  });
});
