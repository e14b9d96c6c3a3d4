import assert from 'node:assert/strict';
import { tf } from '../lib/src/tensorflow/load';

/** Runs `fn` and fails when it leaves more or fewer tensors behind than `kept`. */
export async function withoutLeaks<T>(fn: () => T | Promise<T>, kept = 0): Promise<T> {
  const before = tf.memory().numTensors;
  const result = await fn();
  assert.equal(tf.memory().numTensors - before, kept, 'tensors left behind');
  return result;
}
