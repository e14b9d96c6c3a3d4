/** One operation, compiled and eagerly. */
import assert from 'node:assert/strict';
import type { Tensor, TensorContainer } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { difference } from './compared';

// biome-ignore lint/suspicious/noExplicitAny: each row takes the tensors that it names
export type Fn = (...args: any[]) => TensorContainer;

/** TensorFlow.js has no gradient of these, or none for what they are called with. */
export const WITHOUT_GRADIENT = [
  'divNoNan',
  'where',
  'floorDiv',
  'mod',
  'prod',
  'stridedSlice',
  'mirrorPad',
  'conv2d with padding of its own',
];

/** Nor of these, where one of the two is spread over the other. */
export const WITHOUT_SPREAD_GRADIENT = ['maximum', 'minimum', 'squaredDifference'];

/** Compares compiled with eager, in types, shapes and values. */
export async function assertAlike(name: string, fn: Fn, args: Tensor[]): Promise<void> {
  await withoutLeaks(async () => {
    const compiled = compile(fn);
    const expected = tf.tidy(() => flat(fn(...args)));
    const actual = flat(await compiled(...args));
    assert.equal(actual.length, expected.length, name);
    expected.forEach((tensor, i) => {
      assert.deepEqual([actual[i].dtype, actual[i].shape], [tensor.dtype, tensor.shape], name);
      const off = difference(actual[i].dataSync(), tensor.dataSync());
      assert.ok(off <= 1e-5, `${name}: result ${i} is off by ${off}`);
    });
    tf.dispose([expected, actual]);
    compiled.dispose();
  });
}

function flat(value: TensorContainer): Tensor[] {
  if (value instanceof tf.Tensor) return [value];
  return Object.values(value as object).flatMap((part) => flat(part as TensorContainer));
}

export const gradientOf = (f: (x: Tensor) => Tensor) => (x: Tensor) => tf.grad((x) => f(x).square().sum())(x);
