import assert from 'node:assert/strict';
import test from 'node:test';
import { adam } from '../../lib/src/model/keras-defaults';
import { goodWeights } from '../../lib/src/train/good-weights';
import type { EpochRecord, StepRecord } from '../../lib/src/train/records';
import type { Training } from '../../lib/src/train/training';
import { copyWeights, pasteWeights, type WeightCopies } from '../../lib/src/train/weight-copy';
import { withoutLeaks } from '../no-leaks';
import { dispose, dropoutModel } from './resumable';
import { epochRecords } from './small-run';

const [first, second] = epochRecords([0.5, 0.6]);
const step = { kind: 'step', loss: 1 } as StepRecord;

/** A model whose weights have all the same value. */
function scene() {
  const model = dropoutModel(adam());
  const fill = (value: number) => {
    const copies = [...copyWeights(model)].map(
      ([name, copy]) =>
        [name, { ...copy, values: new Float32Array(copy.values.length).fill(value) }] as const,
    );
    pasteWeights(model, new Map(copies));
  };
  fill(0);
  const training = { model, validatedWeights: () => copyWeights(model) } as Training;
  /** The values that the weights have. */
  const values = (weights: WeightCopies = copyWeights(model)) => [
    ...new Set([...weights.values()].flatMap(({ values }) => [...values])),
  ];
  return { model, training, fill, values };
}

test('the weights of an epoch are good once a step has begun with them and had a finite loss', async () => {
  await withoutLeaks(() => {
    const { model, training, fill, values } = scene();
    const good = goodWeights(model);
    fill(1);
    void good.onRecord(step, training);
    void good.onRecord(first, training);
    fill(Number.NaN);
    assert.equal(good.giveBack(model), 'those from before the training');
    assert.deepEqual(values(), [0]);
    void good.onRecord(step, training);
    assert.equal(good.giveBack(model), 'those after epoch 1');
    assert.deepEqual(values(), [1]);
    dispose(model);
  });
});

test('an epoch whose loss, or validation loss, is not finite has no good weights', () => {
  const { model, training, fill, values } = scene();
  const good = goodWeights(model);
  const spoiled: EpochRecord[] = [
    { ...first, loss: Number.POSITIVE_INFINITY },
    { ...second, valLoss: Number.NaN },
  ];
  for (const record of spoiled) {
    fill(record.epoch);
    void good.onRecord(record, training);
    void good.onRecord(step, training);
  }
  assert.equal(good.giveBack(model), 'those from before the training');
  assert.deepEqual(values(), [0]);
  dispose(model);
});

test('what it keeps goes on in another one, whose model has other weights', () => {
  for (const tried of [true, false]) {
    const { model, training, fill, values } = scene();
    const good = goodWeights(model);
    fill(1);
    void good.onRecord(first, training);
    void good.onRecord(step, training);
    fill(2);
    void good.onRecord(second, training);
    const { values: epochs, tensors } = good.save!();
    fill(9);
    const other = goodWeights(model);
    other.restore!({ values: epochs, tensors: new Map([...tensors!].reverse()) }); // a file keeps no order
    if (tried) void other.onRecord(step, training);
    assert.equal(other.giveBack(model), tried ? 'those after epoch 2' : 'those after epoch 1');
    assert.deepEqual(values(), [tried ? 2 : 1]);
    dispose(model);
  }
});
