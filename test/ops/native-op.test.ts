import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { nativeOp } from '../../lib/src/ops/native-op';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';

const FLOAT = { T: { type: 'float32' } } as const;

test('attributes of every kind reach TensorFlow, eagerly and compiled', async () => {
  await withoutLeaks(async () => {
    const shown = (x: Tensor) => [
      ...nativeOp('Elu', [x], FLOAT, 1),
      ...nativeOp('LeakyRelu', [x], { ...FLOAT, alpha: { float: 0.5 } }, 1),
      ...nativeOp(
        'Cumsum',
        [x, tf.scalar(0, 'int32')],
        { ...FLOAT, Tidx: { type: 'int32' }, reverse: { bool: true } },
        1,
      ),
      ...nativeOp('Squeeze', [x.reshape([1, 3, 1])], FLOAT, 1),
      ...nativeOp('Pack', [x, x], { ...FLOAT, axis: { int: 1 }, N: { int: 2 } }, 1),
      ...nativeOp('BiasAdd', [x.reshape([1, 3]), x], { ...FLOAT, data_format: { string: 'NHWC' } }, 1),
    ];
    const compiled = compile(shown);
    const x = tf.tensor1d([-1, 2, 3]);
    const results = [tf.tidy(() => shown(x)), await compiled(x)].map((tensors) =>
      tensors.map((tensor) => [tensor.shape, [...tensor.dataSync()]]),
    );
    assert.deepEqual(results[0].slice(1), [
      [[3], [-0.5, 2, 3]],
      [[3], [4, 5, 3]],
      [[3], [-1, 2, 3]],
      [
        [3, 2],
        [-1, -1, 2, 2, 3, 3],
      ],
      [
        [1, 3],
        [-2, 4, 6],
      ],
    ]);
    assert.deepEqual(results[1].slice(1), results[0].slice(1));
    x.dispose();
    compiled.dispose();
  }, 12);
});

test('several outputs come in order', async () => {
  await withoutLeaks(() =>
    tf.tidy(() => {
      const attrs = { T: { type: 'float32' }, sorted: { bool: true } } as const;
      const [values, indices] = nativeOp('TopKV2', [tf.tensor1d([3, 9, 5]), tf.scalar(2, 'int32')], attrs, 2);
      assert.deepEqual(
        [[...values.dataSync()], [...indices.dataSync()]],
        [
          [9, 5],
          [1, 2],
        ],
      );
    }),
  );
});

test('an operation that TensorFlow does not have is named', async () => {
  const x = tf.scalar(1);
  assert.throws(() => nativeOp('NoSuchOp', [x], {}, 1), /NoSuchOp/);
  const compiled = compile((x: Tensor) => nativeOp('NoSuchOp', [x], {}, 1)[0]);
  await assert.rejects(
    compiled(x),
    /^Error: cannot look up the operation NoSuchOp; TensorFlow says: .*NoSuchOp/,
  );
  x.dispose();
});
