import assert from 'node:assert/strict';
import test from 'node:test';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { batchesOf } from '../../lib/src/data/batches';
import type { Split } from '../../lib/src/data/split';
import { evaluate } from '../../lib/src/evaluate/evaluate';
import { predict } from '../../lib/src/evaluate/predict';
import { tf } from '../../lib/src/tensorflow/load';
import { train } from '../../lib/src/train/train';
import { withoutLeaks } from '../no-leaks';
import { tinyModel, tinySplit } from '../train/tiny-problem';

test('predictions are those of model.predict, in the order of the split, whatever the batch size', async () => {
  const model = tinyModel({ compiled: false });
  const split = tinySplit(20);
  const [all] = batchesOf(split, { batchSize: 20 });
  const expected = (model.predict(all.images) as Tensor).dataSync();
  for (const batchSize of [1, 7, 20, 250]) {
    const { probabilities, ...rest } = await predict(model, split, { batchSize });
    assert.ok(probabilities.every((p, i) => Math.abs(p - expected[i]) < 1e-6));
    assert.deepEqual(rest, { labels: split.labels, classNames: split.classNames, splitName: 'tiny train' });
  }
});

test('predict leaves no tensor behind, also when it is stopped', async () => {
  const model = tinyModel();
  await withoutLeaks(() => predict(model, tinySplit(20), { batchSize: 8 }));
  const controller = new AbortController();
  await withoutLeaks(async () => {
    const stopped = predict(model, tinySplit(20), { batchSize: 8, signal: controller.signal });
    controller.abort();
    await assert.rejects(stopped, { name: 'AbortError' });
  });
});

test('a split that does not fit the model is refused', async () => {
  await assert.rejects(predict(tinyModel(), { ...tinySplit(4), imageShape: [4, 2, 6] }), {
    name: 'TypeError',
    message:
      'cannot use tiny train with this model; its images must be [4,4,3]: [4,2,6]; build the model with inputShape [4,2,6]',
  });
  await assert.rejects(predict(tinyModel(), tinySplit(0)), {
    name: 'RangeError',
    message: 'empty split; at least one image is needed: tiny train has 0',
  });
});

test('a batch of no images is refused', async () => {
  const model = tinyModel();
  for (const batchSize of [0, -1, Number.NaN]) {
    await assert.rejects(predict(model, tinySplit(9), { batchSize }), {
      name: 'RangeError',
      message: `invalid batchSize; not a positive integer: ${batchSize}`,
    });
  }
});

/** The split with every image as another one of its own shape: `at` tells from which row and column each pixel comes. */
function moved(split: Split, at: (row: number, column: number) => readonly [number, number]): Split {
  const [height, width, channels] = split.imageShape;
  const images = split.images.map((_, i) => {
    const [image, within] = [Math.floor(i / (height * width * channels)), i % (height * width * channels)];
    const [row, column] = at(Math.floor(within / (width * channels)), Math.floor(within / channels) % width);
    return split.images[((image * height + row) * width + column) * channels + (within % channels)];
  });
  return { ...split, images };
}

const mirrored = (split: Split) => moved(split, (row, column) => [row, split.imageShape[1] - 1 - column]);

/** Beyond the edge comes the pixel before it. */
const shifted = (split: Split, by: number) => {
  const inside = (place: number, size: number) =>
    place < 0 ? -place : Math.min(place, 2 * (size - 1) - place);
  const [height, width] = split.imageShape;
  return moved(split, (row, column) => [inside(row + by, height), inside(column + by, width)]);
};

/** The weighted mean of the logarithms of what is predicted of the splits, as probabilities. */
async function byHand(model: LayersModel, splits: readonly Split[], weights: readonly number[]) {
  const logs = await Promise.all(
    splits.map(async (split) => (await predict(model, split)).probabilities.map(Math.log)),
  );
  const mean = Float32Array.from(logs[0], (_, i) =>
    logs.reduce((sum, log, k) => sum + weights[k] * log[i], 0),
  );
  return tf.softmax(tf.tensor2d(mean, [splits[0].labels.length, 3])).dataSync();
}

for (const compile of [{}, false] as const) {
  test(`with testTime a model is asked about mirrored and moved images, ${compile ? 'compiled' : 'eager'}`, async () => {
    const model = tinyModel({ compiled: false });
    const split = tinySplit(20);
    const pair = (of: Split) => [of, mirrored(of)];
    const views = [split, shifted(split, -1), shifted(split, 1)].flatMap(pair);
    const expected = {
      flip: await byHand(model, pair(split), [1 / 2, 1 / 2]),
      'flip and crops': await byHand(model, views, [1 / 4, 1 / 4, 1 / 8, 1 / 8, 1 / 8, 1 / 8]),
    };
    for (const testTime of ['flip', 'flip and crops'] as const) {
      for (const batchSize of [1, 15, 250]) {
        const { probabilities, ...rest } = await predict(model, split, { testTime, batchSize, compile });
        assert.ok(probabilities.every((p, i) => Math.abs(p - expected[testTime][i]) < 1e-5));
        assert.equal(rest.testTime, testTime);
      }
    }
    const plain = (await predict(model, split)).probabilities;
    assert.ok(plain.some((p, i) => Math.abs(p - expected.flip[i]) > 1e-3)); // the views differ
  });
}

test('an evaluation says as which views the images were seen', async () => {
  const model = tinyModel();
  const split = tinySplit(9);
  assert.equal(evaluate(await predict(model, split, { testTime: 'flip' })).testTime, 'flip');
  assert.equal('testTime' in evaluate(await predict(model, split)), false);
});

test('after more training, views are predicted with the new weights', async () => {
  const model = tinyModel();
  const split = tinySplit(30);
  const accuracy = async () =>
    evaluate(await predict(model, split, { testTime: 'flip', compile: {} })).accuracy;
  const before = await accuracy();
  for await (const _ of train(model, split, { epochs: 6, batchSize: 8 }));
  assert.ok((await accuracy()) > Math.max(0.9, before), `${before} -> ${await accuracy()}`);
});

test('predicting views leaves no tensor behind', async () => {
  const model = tinyModel();
  for (const compile of [{}, false] as const) {
    const views = () => predict(model, tinySplit(20), { testTime: 'flip and crops', batchSize: 30, compile });
    await views();
    await withoutLeaks(views);
  }
});

test('views are refused where the model has no softmax at its end, and where testTime is no choice', async () => {
  const wrong = { testTime: 'crops' } as unknown as { testTime: 'flip' };
  await assert.rejects(predict(tinyModel(), tinySplit(4), wrong), {
    name: 'TypeError',
    message: `invalid testTime; not 'flip' or 'flip and crops': "crops"`,
  });
  const sequential = (...layers: tf.layers.Layer[]) =>
    tf.sequential({ layers: [tf.layers.flatten({ inputShape: [4, 4, 3] }), ...layers] });
  const logits = sequential(tf.layers.dense({ units: 3, name: 'logits' }));
  await assert.rejects(predict(logits, tinySplit(4), { testTime: 'flip' }), {
    name: 'TypeError',
    message:
      'cannot average over views; the model must end in a softmax: its last layer is logits, of class Dense; predict without testTime',
  });
  const ends = [tf.layers.softmax(), tf.layers.activation({ activation: 'softmax' })];
  for (const end of ends) {
    const { probabilities } = await predict(
      sequential(tf.layers.dense({ units: 3 }), end as tf.layers.Layer),
      tinySplit(4),
      { testTime: 'flip' },
    );
    assert.equal(probabilities.length, 12);
  }
});
