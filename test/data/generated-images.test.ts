import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { test } from 'node:test';
import { batchesOf } from '../../lib/src/data/batches';
import { GENERATED_CLASS_NAMES, generatedImages } from '../../lib/src/data/generated-images';
import { pixelStatistics } from '../../lib/src/data/pixel-statistics';
import type { Split } from '../../lib/src/data/split';
import { classCounts } from '../../lib/src/data/take';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';

const sha256 = ({ images, labels }: Split) =>
  crypto.createHash('sha256').update(images).update(labels).digest('hex');

test('the generated set is drawn byte for byte alike on every machine', () => {
  const { train, test: testSplit } = generatedImages({ seed: 1, train: 300, test: 100 });
  assert.equal(sha256(train), '579dac1510c15760ff957080ddb4fb868e987b6aef0d14432a095dab15c3159d');
  assert.equal(sha256(testSplit), '97b8a80284bfc25d93f2c7badd8f578525e255baf4c91204da304dc6d110b5a1');
});

test('the generated set has the layout of CIFAR-10 and never its name', () => {
  const data = generatedImages({ train: 40, test: 20 });
  assert.equal(data.name, 'generated images (not CIFAR-10)');
  assert.equal(data.source, 'generated');
  for (const [split, name, n] of [
    [data.train, 'generated images (not CIFAR-10): training', 40],
    [data.test, 'generated images (not CIFAR-10): test', 20],
  ] as const) {
    assert.equal(split.name, name);
    assert.deepEqual(split.imageShape, [32, 32, 3]);
    assert.equal(split.images.length, n * 3072);
    assert.deepEqual(classCounts(split), Array(10).fill(n / 10));
    assert.deepEqual(split.classNames, GENERATED_CLASS_NAMES);
  }
  assert.equal(new Set(GENERATED_CLASS_NAMES).size, 10);
});

test('the classes come in no order, and no two images are alike', () => {
  const { train, test: testSplit } = generatedImages({ train: 200, test: 200 });
  const cycle = [...train.labels].filter((label, i) => label === i % 10).length;
  assert.ok(cycle < 60, String(cycle)); // 20 expected by chance
  const images = [train, testSplit].flatMap(({ images }) =>
    Array.from({ length: 200 }, (_, i) =>
      Buffer.from(images.subarray(i * 3072, (i + 1) * 3072)).toString('base64'),
    ),
  );
  assert.equal(new Set(images).size, 400);
});

test('another seed gives other images, fewer classes only the first shapes', () => {
  const small = { train: 20, test: 10 };
  assert.notEqual(
    sha256(generatedImages({ ...small, seed: 2 }).train),
    sha256(generatedImages({ ...small, seed: 3 }).train),
  );
  const { train } = generatedImages({ ...small, classes: 4 });
  assert.deepEqual(train.classNames, ['disc', 'ring', 'triangle', 'star']);
  assert.deepEqual(classCounts(train), [5, 5, 5, 5]);
});

test('the pixels spread over the range of a byte, few of them clipped at its ends', () => {
  const { train } = generatedImages({ train: 500, test: 10 });
  const { mean, std } = pixelStatistics(train);
  for (const channel of [0, 1, 2]) {
    assert.ok(mean[channel] > 0.15 && mean[channel] < 0.4, String(mean));
    assert.ok(std[channel] > 0.15 && std[channel] < 0.35, String(std));
  }
  const ends = train.images.filter((value) => value === 0 || value === 255).length / train.images.length;
  assert.ok(ends < 0.1, String(ends));
});

test('options out of range are refused', () => {
  for (const classes of [1, 11, 2.5]) {
    assert.throws(() => generatedImages({ classes }), {
      name: 'RangeError',
      message: `invalid classes; not an integer from 2 to 10: ${classes}`,
    });
  }
  assert.throws(() => generatedImages({ train: 0 }), {
    name: 'RangeError',
    message: 'invalid train; not a positive number of images: 0',
  });
  assert.throws(() => generatedImages({ test: 1.5 }), {
    name: 'RangeError',
    message: 'invalid test; not a positive number of images: 1.5',
  });
  assert.throws(() => generatedImages({ seed: -1 }), /^RangeError: invalid seed; not an integer from 0/);
});

test('a linear model learns its training images but stays below 60 % on others; convolutions do better', async () => {
  const data = generatedImages({ train: 2000, test: 1000 });
  await withoutLeaks(async () => {
    const linear = await trained(data.train, 20, 1e-3, [tf.layers.flatten({ inputShape: [32, 32, 3] })]);
    const convolutional = await trained(data.train, 6, 3e-3, [
      tf.layers.conv2d({
        filters: 16,
        kernelSize: 5,
        strides: 2,
        activation: 'relu',
        inputShape: [32, 32, 3],
      }),
      tf.layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
      tf.layers.conv2d({ filters: 64, kernelSize: 3, strides: 2, activation: 'relu' }),
      tf.layers.globalMaxPooling2d({}),
    ]);
    const result = {
      linearOnTraining: accuracy(linear, data.train),
      linear: accuracy(linear, data.test),
      convolutional: accuracy(convolutional, data.test),
    };
    for (const model of [linear, convolutional]) {
      model.optimizer.dispose();
      model.dispose();
    }
    assert.ok(result.linearOnTraining > 0.3, JSON.stringify(result)); // it was trained
    assert.ok(result.linear < 0.6, JSON.stringify(result));
    assert.ok(result.convolutional > result.linear + 0.1, JSON.stringify(result));
  });
});

type Sequential = ReturnType<typeof tf.sequential>;

/** `layers` and a softmax over the classes, trained by Adam in batches of 50. */
async function trained(
  split: Split,
  epochs: number,
  learningRate: number,
  layers: Parameters<Sequential['add']>[0][],
): Promise<Sequential> {
  const model = tf.sequential();
  const softmax = tf.layers.dense({ units: split.classNames.length, activation: 'softmax' });
  for (const layer of [...layers, softmax]) model.add(layer);
  model.compile({ optimizer: tf.train.adam(learningRate), loss: 'categoricalCrossentropy' });
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const { images, labels } of batchesOf(split, { batchSize: 50, seed: 1, epoch })) {
      await model.trainOnBatch(images, labels);
      tf.dispose([images, labels]);
    }
  }
  return model;
}

/** Share of a split's images that get the right class, 0..1. */
function accuracy(model: Sequential, split: Split): number {
  let right = 0;
  for (const { images, labels } of batchesOf(split, { batchSize: 250 })) {
    right += tf.tidy(() => {
      const predicted = tf.argMax(model.predict(images) as typeof images, 1);
      return predicted.equal(labels.argMax(1)).sum().dataSync()[0];
    });
    tf.dispose([images, labels]);
  }
  return right / split.labels.length;
}
