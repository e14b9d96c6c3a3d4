import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { batchesOf } from '../../lib/src/data/batches';
import { predict } from '../../lib/src/evaluate/predict';
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
