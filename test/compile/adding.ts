/** The smallest function that changes a variable, for tests of what JavaScript then sees of it. */
import type { Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { tf } from '../../lib/src/tensorflow/load';

/** Of a tensor of one value, or the first of several. */
export const numberOf = (tensor: Tensor) => tensor.dataSync()[0];

/** A compiled function that adds its argument to the variable and returns the sum. */
export function adding(sum: Variable) {
  return compile((x: Tensor) => {
    sum.assign(sum.add(x));
    return sum.clone();
  });
}

/** Calls a function of one number, which may be disposed at once. */
export async function call(fn: (x: Tensor) => Promise<Tensor>, value: number): Promise<number> {
  const x = tf.scalar(value);
  const running = fn(x);
  x.dispose(); // the call has its own copy
  const y = await running;
  const result = numberOf(y);
  y.dispose();
  return result;
}
