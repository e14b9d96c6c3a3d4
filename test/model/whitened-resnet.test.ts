import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { generatedImages } from '../../lib/src/data/generated-images';
import { take } from '../../lib/src/data/take';
import { whitening } from '../../lib/src/data/whitening';
import { countParameters } from '../../lib/src/model/layer-table';
import { whitenedResNet } from '../../lib/src/model/whitened-resnet';
import { tf } from '../../lib/src/tensorflow/load';
import { train } from '../../lib/src/train/train';
import { disposeOptimizer } from '../compile/compared';
import { withoutLeaks } from '../no-leaks';
import { temporaryFolder } from '../temporary-folder';

const { train: split } = generatedImages({ train: 64, test: 1 });
const ofSplit = whitening(split);
const NARROW = { widths: [24, 32, 40], seed: 3 };

const valuesOf = (model: LayersModel, layer: string) =>
  model
    .getLayer(layer)
    .getWeights()
    .map((weight) => [...weight.dataSync()]);

const weightsOf = (model: LayersModel) => model.getWeights().map((weight) => [...weight.dataSync()]);

/** Stem with bias; in a block three kernels without, and three norms of beta, mean and variance; the head without bias. */
function parametersByHand(widths: readonly number[], classes: number, stem = 2 * 2 * 3 * 24 + 24) {
  let [total, trainable, from] = [stem, stem, 24];
  for (const width of widths) {
    const kernels = 9 * from * width + 2 * 9 * width * width;
    total += kernels + 3 * 3 * width;
    trainable += kernels + 3 * width;
    from = width;
  }
  return { total: total + from * classes, trainable: trainable + from * classes };
}

test('it has 3,192,184 parameters, as counted by hand, and 312 fewer to train behind a fixed stem', async () => {
  await withoutLeaks(() => {
    const expected = parametersByHand([64, 256, 256], 10);
    for (const whitening of [undefined, ofSplit]) {
      const model = whitenedResNet(10, { whitening });
      const stem = whitening ? 312 : 0;
      assert.deepEqual(countParameters(model), { ...expected, trainable: expected.trainable - stem });
      model.dispose();
    }
    assert.equal(expected.total, 3_192_184);
    const narrow = whitenedResNet(7, NARROW);
    assert.deepEqual(countParameters(narrow), parametersByHand(NARROW.widths, 7));
    narrow.dispose();
  });
});

test('the shapes are those of the drawing', async () => {
  await withoutLeaks(() => {
    const model = whitenedResNet(10);
    const shapes = {
      stem_conv: [31, 31, 24],
      stem_relu: [31, 31, 24],
      block1_conv1: [31, 31, 64],
      block1_pool: [15, 15, 64],
      block1_add: [15, 15, 64],
      block2_add: [7, 7, 256],
      block3_add: [3, 3, 256],
      head_pool: [256],
      head_dense: [10],
    };
    for (const [name, shape] of Object.entries(shapes)) {
      assert.deepEqual(model.getLayer(name).outputShape, [null, ...shape], name);
    }
    model.dispose();
  });
});

test('the first convolution of a block begins as the identity, as far as there are channels', async () => {
  await withoutLeaks(() =>
    tf.tidy(() => {
      const model = whitenedResNet(10, { widths: [32, 24], seed: 1 });
      for (const [block, from, to] of [
        [1, 24, 32],
        [2, 32, 24],
      ]) {
        const x = tf.randomUniform([2, 6, 6, from], -1, 1, 'float32', 4) as Tensor;
        const [kernel] = model.getLayer(`block${block}_conv1`).getWeights();
        const y = tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'same');
        const both = Math.min(from, to);
        const off = y.slice([0, 0, 0, 0], [-1, -1, -1, both]).sub(x.slice([0, 0, 0, 0], [-1, -1, -1, both]));
        assert.equal(off.abs().max().dataSync()[0], 0);
        if (to > from) {
          const rest = y
            .slice([0, 0, 0, both], [-1, -1, -1, to - both])
            .abs()
            .mean()
            .dataSync()[0];
          assert.ok(rest > 0.05, `${rest}`); // the other filters are drawn
        }
      }
      model.dispose();
    }),
  );
});

test('all other kernels are drawn evenly from ±1/sqrt(fan in), and the norms begin at 0 and 1', async () => {
  await withoutLeaks(() => {
    const model = whitenedResNet(10, NARROW);
    const kernels = { stem_conv: 12, block1_conv2: 9 * 24, block2_conv3: 9 * 32, head_dense: 40 };
    for (const [name, fanIn] of Object.entries(kernels)) {
      const values = [...model.getLayer(name).getWeights()[0].dataSync()].map((w) => w * Math.sqrt(fanIn));
      const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
      assert.ok(values.every((value) => Math.abs(value) <= 1 + 1e-6));
      assert.ok(Math.abs(variance - 1 / 3) < 0.07, `${name}: ${variance}`);
    }
    const norm = model.getLayer('block1_bn1').getWeights();
    assert.deepEqual(
      norm.map((weight) => [...weight.dataSync()]),
      [Array(24).fill(0), Array(24).fill(0), Array(24).fill(1)],
    );
    model.dispose();
  });
});

test('with swish the same weights stand behind x·sigmoid(x) wherever ReLU was', async () => {
  await withoutLeaks(() => {
    const [relu, swish] = (['relu', 'swish'] as const).map((activation) => {
      return whitenedResNet(7, { ...NARROW, activation });
    });
    assert.deepEqual(countParameters(swish), countParameters(relu));
    assert.deepEqual(valuesOf(swish, 'block2_conv3'), valuesOf(relu, 'block2_conv3'));
    assert.ok(swish.layers.every(({ name }) => !name.endsWith('relu')));
    const named = swish.layers.filter(({ name }) => name.endsWith('swish'));
    assert.equal(named.length, 1 + 3 * NARROW.widths.length);
    tf.tidy(() => {
      const x = tf.linspace(-3, 3, 8).reshape([1, 2, 2, 2]);
      const difference = (named[0].apply(x) as Tensor).sub(x.mul(x.sigmoid())).abs().max();
      assert.ok(difference.dataSync()[0] < 1e-6);
    });
    for (const model of [relu, swish]) model.dispose();
  });
});

test('a seed fixes the initial weights', async () => {
  await withoutLeaks(() => {
    const [one, again, two, none, zero] = [1, 1, 2, undefined, 0].map((seed) => {
      const model = whitenedResNet(4, { ...NARROW, seed });
      const weights = weightsOf(model);
      model.dispose();
      return weights;
    });
    assert.deepEqual(one, again);
    assert.notDeepEqual(one, two);
    assert.deepEqual(none, zero);
  });
});

test('training leaves a whitened stem as it is, and changes one that was drawn', async () => {
  await withoutLeaks(async () => {
    for (const whitening of [ofSplit, undefined]) {
      const model = whitenedResNet(10, { ...NARROW, whitening });
      const optimizer = tf.train.momentum(0.01, 0.9);
      model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
      const before = valuesOf(model, 'stem_conv');
      if (whitening) assert.deepEqual(before, [[...whitening.kernel], [...whitening.bias]]);
      const head = valuesOf(model, 'head_dense');
      for await (const _ of train(model, take(split, 16), { epochs: 1, batchSize: 8 }));
      if (whitening) assert.deepEqual(valuesOf(model, 'stem_conv'), before);
      else assert.notDeepEqual(valuesOf(model, 'stem_conv'), before);
      assert.notDeepEqual(valuesOf(model, 'head_dense'), head);
      model.dispose();
      disposeOptimizer(optimizer);
    }
  });
});

test('compiled training of it is the eager one', async () => {
  const losses: number[][] = [];
  for (const compile of [{}, false] as const) {
    const model = whitenedResNet(10, { ...NARROW, whitening: ofSplit });
    model.compile({ optimizer: tf.train.sgd(0.01), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
    const own: number[] = [];
    for await (const record of train(model, split, { epochs: 1, batchSize: 16, compile })) {
      if (record.kind === 'step') own.push(record.loss);
    }
    losses.push(own);
    model.dispose();
  }
  losses[0].forEach((loss, i) => {
    assert.ok(Math.abs(loss - losses[1][i]) < 1e-4 * loss, `step ${i}: ${loss}, not ${losses[1][i]}`);
  });
});

/** Loads a model without this library, on the plain JavaScript backend, and prints what it makes of an image. */
const STOCK = `
  const fs = require('node:fs');
  const tf = require('@tensorflow/tfjs');
  const { topology, specs, weights, image } = JSON.parse(fs.readFileSync(process.argv[1], 'utf8'));
  const bytes = Uint8Array.from(Buffer.from(weights, 'base64')).buffer;
  const artifacts = { modelTopology: topology, weightSpecs: specs, weightData: bytes };
  tf.loadLayersModel(tf.io.fromMemory(artifacts)).then((model) => {
    const y = model.predict(tf.tensor4d(image, [1, 32, 32, 3]));
    console.log(JSON.stringify({ probabilities: [...y.dataSync()], parameters: model.countParams() }));
  });
`;

test('a saved model is loaded by TensorFlow.js alone, and computes the same there', async (t) => {
  const model = whitenedResNet(10, { ...NARROW, whitening: ofSplit });
  const image = Array.from(split.images.subarray(0, 3072), (byte) => byte / 255);
  const file = path.join(temporaryFolder(t), 'model.json');
  const save = tf.io.withSaveHandler(async ({ modelTopology: topology, weightSpecs: specs, weightData }) => {
    const weights = Buffer.from(tf.io.concatenateArrayBuffers([weightData].flat() as ArrayBuffer[]));
    fs.writeFileSync(file, JSON.stringify({ topology, specs, weights: weights.toString('base64'), image }));
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
  });
  await model.save(save);
  const options = { encoding: 'utf8', cwd: __dirname, stdio: 'pipe' } as const;
  const output = execFileSync(process.execPath, ['-e', STOCK, file], options);
  const loaded = JSON.parse(output.trim().split('\n').at(-1)!);
  const own = tf.tidy(() => [...(model.predict(tf.tensor4d(image, [1, 32, 32, 3])) as Tensor).dataSync()]);
  assert.equal(loaded.parameters, model.countParams());
  own.forEach((value, i) => {
    assert.ok(Math.abs(value - loaded.probabilities[i]) < 1e-5, `${loaded.probabilities}, not ${own}`);
  });
  model.dispose();
});

test('what no network can be built from is refused in words, and nothing is left behind', async () => {
  await withoutLeaks(() => {
    const refused = (options: object, error: Error) =>
      assert.throws(() => whitenedResNet(10, options), error);
    assert.throws(
      () => whitenedResNet(1),
      new RangeError('invalid numClasses; not an integer of at least 2: 1'),
    );
    refused({ widths: [64, 0] }, new RangeError('invalid widths; not a positive integer: 0'));
    refused(
      { activation: 'gelu' as 'swish' },
      new TypeError('invalid activation; not "relu" or "swish": "gelu"'),
    );
    refused({ seed: 0.5 }, new RangeError('invalid seed; not an integer: 0.5'));
    refused(
      { width: 3 },
      new TypeError(
        'unknown option; whitenedResNet takes { whitening, widths, activation, inputShape, seed }: width',
      ),
    );
    refused(
      { inputShape: [32, 32.5, 3] },
      new RangeError('invalid inputShape; not a positive integer: 32.5'),
    );
    refused(
      { inputShape: [8, 32, 3] },
      new RangeError('invalid inputShape; 3 blocks need images of 9x9 pixels at least: 8x32'),
    );
    refused(
      { whitening: ofSplit, inputShape: [32, 32, 1] },
      new RangeError("invalid whitening; the stem's kernel [2,2,1,24] needs 96 numbers: 288"),
    );
  });
});

test('the smallest images that are allowed leave one pixel to the last block', async () => {
  await withoutLeaks(() => {
    const model = whitenedResNet(2, { ...NARROW, inputShape: [9, 9, 3] });
    assert.deepEqual(model.getLayer('block3_add').outputShape, [null, 1, 1, 40]);
    model.dispose();
  });
});
