import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Batch, type BatchOptions, batchesOf } from '../../lib/src/data/batches';
import type { Split } from '../../lib/src/data/split';
import { withoutLeaks } from '../no-leaks';
import { smallSplit } from './small-split';

const LABELS = [0, 1, 2, 0, 1, 2, 0];

/** The image indices of every batch; the tensors are disposed. */
function indicesOf(split: Split, options: BatchOptions): number[][] {
  return [...batchesOf(split, options)].map((batch) => {
    dispose(batch);
    return [...batch.indices];
  });
}

function dispose({ images, labels }: Batch): void {
  images.dispose();
  labels.dispose();
}

test('without a seed the batches follow the split, the last one smaller', async () => {
  await withoutLeaks(() => {
    assert.deepEqual(indicesOf(smallSplit(LABELS), { batchSize: 3 }), [[0, 1, 2], [3, 4, 5], [6]]);
    assert.deepEqual(indicesOf(smallSplit(LABELS), { batchSize: 3, dropLast: true }), [
      [0, 1, 2],
      [3, 4, 5],
    ]);
    assert.deepEqual(indicesOf(smallSplit(LABELS), { batchSize: 100 }), [[0, 1, 2, 3, 4, 5, 6]]);
  });
});

test('a batch holds scaled images [batch, height, width, channels] and one-hot labels [batch, classes]', async () => {
  await withoutLeaks(() => {
    for (const batch of batchesOf(smallSplit(LABELS), { batchSize: 4, seed: 1 })) {
      const n = batch.indices.length;
      assert.deepEqual(batch.images.shape, [n, 2, 1, 1]);
      assert.equal(batch.images.dtype, 'float32');
      assert.deepEqual(batch.labels.shape, [n, 3]);
      const pixels = batch.images.dataSync();
      const rows = batch.labels.dataSync();
      batch.indices.forEach((index, i) => {
        assert.equal(pixels[2 * i], Math.fround(index / 255));
        assert.deepEqual(
          [...rows.subarray(3 * i, 3 * i + 3)],
          [0, 1, 2].map((c) => Number(c === LABELS[index])),
        );
      });
      dispose(batch);
    }
  });
});

test('a seed shuffles, an epoch shuffles anew, and every image comes once an epoch', () => {
  const split = smallSplit(Array.from({ length: 50 }, (_, i) => i % 3));
  const order = (options: Partial<BatchOptions>) => indicesOf(split, { batchSize: 8, ...options }).flat();
  assert.deepEqual(order({ seed: 7 }), order({ seed: 7, epoch: 0 }));
  assert.notDeepEqual(order({ seed: 7, epoch: 1 }), order({ seed: 7, epoch: 2 }));
  assert.notDeepEqual(order({ seed: 7 }), order({ seed: 8 }));
  assert.notDeepEqual(order({ seed: 7 }), order({}));
  assert.deepEqual(
    order({ seed: 7, epoch: 3 }).sort((a, b) => a - b),
    [...Array(50).keys()],
  );
});

test('batches that are never asked for leave no tensors', async () => {
  await withoutLeaks(() => {
    for (const batch of batchesOf(smallSplit(LABELS), { batchSize: 2 })) {
      dispose(batch);
      break;
    }
  });
});

test('bad options and splits are refused before the first batch', async () => {
  await withoutLeaks(() => {
    for (const batchSize of [0, -1, 2.5, Number.NaN]) {
      assert.throws(() => batchesOf(smallSplit(LABELS), { batchSize }), {
        name: 'RangeError',
        message: `invalid batchSize; not a positive integer: ${batchSize}`,
      });
    }
    assert.throws(() => batchesOf(smallSplit(LABELS), { batchSize: 8, dropLast: true }), {
      name: 'RangeError',
      message:
        'invalid batchSize; with dropLast no batch is left of the 7 images of "small training images": 8',
    });
    assert.throws(() => batchesOf(smallSplit(LABELS), { batchSize: 2, seed: -1 }), {
      name: 'RangeError',
      message: 'invalid seed; not an integer from 0 to 2^53 - 1: -1',
    });
    assert.throws(() => batchesOf({ ...smallSplit(LABELS), imageShape: [2, 2, 1] }, { batchSize: 2 }), {
      name: 'TypeError',
      message: 'invalid split "small training images"; 7 labels of 2x2x1 images need 28 bytes: 14',
    });
    assert.throws(() => batchesOf(smallSplit([0, 5]), { batchSize: 2 }).next(), {
      name: 'RangeError',
      message: 'invalid label; not in [0, 3): 5',
    });
  });
});
