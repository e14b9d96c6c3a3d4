import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { type ImageFill, imageTransform } from '../../lib/src/ops/image-transform';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';

const STAY = [1, 0, 0, 0, 1, 0, 0, 0];

/** Two rows of three pixels, `1 2 3` above `4 5 6`, by a transform: as rows again. */
async function transformed(transform: number[], fill: ImageFill = 'zeros'): Promise<number[][]> {
  return withoutLeaks(() =>
    tf.tidy(() => {
      const image: Tensor4D = tf.tensor4d([1, 2, 3, 4, 5, 6], [1, 2, 3, 1]);
      const result = imageTransform(image, tf.tensor2d([transform]), fill, [2, 3]);
      assert.deepEqual([result.dtype, result.shape], ['float32', [1, 2, 3, 1]]);
      return result.reshape([2, 3]).arraySync() as number[][];
    }),
  );
}

test('the output at (x, y) is the input at (x + dx, y + dy), and black beyond the edge', async () => {
  assert.deepEqual(await transformed(STAY), [
    [1, 2, 3],
    [4, 5, 6],
  ]);
  assert.deepEqual(await transformed([1, 0, 1, 0, 1, 0, 0, 0]), [
    [2, 3, 0],
    [5, 6, 0],
  ]);
  assert.deepEqual(await transformed([1, 0, -2, 0, 1, 1, 0, 0]), [
    [0, 0, 4],
    [0, 0, 0],
  ]);
});

test('the image is mirrored beyond the edge if that is wanted, its edge pixel repeated', async () => {
  assert.deepEqual(await transformed([1, 0, -2, 0, 1, 0, 0, 0], 'reflect'), [
    [2, 1, 1],
    [5, 4, 4],
  ]);
  assert.deepEqual(await transformed([1, 0, 2, 0, 1, 1, 0, 0], 'reflect'), [
    [6, 6, 5],
    [6, 6, 5],
  ]);
});

test('a negative factor flips', async () => {
  assert.deepEqual(await transformed([-1, 0, 2, 0, 1, 0, 0, 0]), [
    [3, 2, 1],
    [6, 5, 4],
  ]);
});

test('every image has a transform of its own, and channels stay together, of either type, eagerly and compiled', async () => {
  await withoutLeaks(async () => {
    const move = (images: Tensor4D, transforms: Tensor2D) =>
      imageTransform(images, transforms, 'zeros', [1, 2]);
    const compiled = compile(move);
    const transforms = tf.tensor2d([STAY, [-1, 0, 1, 0, 1, 0, 0, 0]]);
    for (const dtype of ['int32', 'float32'] as const) {
      const images = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8], [2, 1, 2, 2], dtype);
      const results = [move(images, transforms), await compiled(images, transforms)];
      for (const result of results) {
        assert.deepEqual([result.dtype, [...result.dataSync()]], [dtype, [1, 2, 3, 4, 7, 8, 5, 6]]);
      }
      tf.dispose([images, results]);
    }
    transforms.dispose();
    compiled.dispose();
  });
});
