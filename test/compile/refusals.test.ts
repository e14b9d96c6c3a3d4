/** What a recording would get silently wrong is refused, in words that name the way out. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { type Compiled, compile } from '../../lib/src/compile/compile';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { variable } from './compared';

/** Compiles `fn` and expects its first call to be refused, without a tensor left behind. */
async function refused(
  fn: (x: Tensor2D) => unknown,
  error: { name?: string; message: string | RegExp },
): Promise<void> {
  const x = tf.tensor2d([
    [1, 5, 2],
    [7, 3, 4],
  ]);
  const compiled = compile(fn);
  await withoutLeaks(() => assert.rejects(compiled(x), error));
  compiled.dispose();
  x.dispose();
}

const READING = {
  name: 'TypeError',
  message:
    'cannot record the reading of a tensor (dataSync, data, arraySync, array, print); a function is recorded without values, and ' +
    'what follows from one would be frozen: float32[2,3] of input; return the tensor and read it after the call, or use tf.where ' +
    'in place of a branch',
};

test('reading a tensor is refused, in each of its ways', async () => {
  await refused((x) => x.mul(x.dataSync()[0]), READING);
  await refused((x) => x.mul(x.arraySync()[0][0]), READING);
  await refused((x) => x.print(), READING);
});

test('so is reading it asynchronously, though nobody waits for the promise', async () => {
  const ignoringPromise = (read: (x: Tensor2D) => Promise<unknown>) => (x: Tensor2D) => {
    read(x);
    return x.mul(2);
  };
  await refused(
    ignoringPromise((x) => x.data()),
    READING,
  );
  await refused(
    ignoringPromise((x) => x.array()),
    READING,
  );
  await refused(
    ignoringPromise((x) => x.array().catch(() => {})),
    READING,
  );
});

test('operations that look at values are refused by the reading that they do', async () => {
  const reading = (what: RegExp) => ({
    message: new RegExp(`^cannot record the reading of a tensor .* ${what.source}; `),
  });
  await refused((x) => void tf.whereAsync(x.greater(3)), reading(/bool\[2,3\] of Greater/));
  await refused(
    (x) => void tf.booleanMaskAsync(x, x.greater(3) as Tensor2D),
    reading(/bool\[6\] of Reshape_1/),
  );
});

test('a branch on a value is refused, wherever the value comes from', async () => {
  await refused((x) => (x.sum().dataSync()[0] > 0 ? x : x.neg()), {
    message:
      /float32\[\] of Sum; return the tensor and read it after the call, or use tf\.where in place of a branch$/,
  });
  const branching = variable(1, { name: 'branching' });
  await refused((x) => (branching.dataSync()[0] > 0 ? x : x.neg()), {
    message: /would be frozen: the variable branching; /,
  });
  await refused(
    (x) => {
      branching.assign(x.sum());
      return branching.dataSync()[0] > 0 ? x : x.neg();
    },
    { message: /would be frozen: float32\[\] of Sum; / },
  );
  assert.equal(branching.dataSync()[0], 1);
  branching.dispose();
});

const CHANCE = {
  name: 'TypeError',
  message:
    'cannot record Math.random(), which unseeded random tensors and initializers use; its numbers would be frozen and the same at ' +
    'every call; draw outside of the function and pass the tensor in, use seededUniform(), or, where a layer draws, train ' +
    'with compile: false',
};

test('randomness without a seed is refused, as JavaScript makes it', async () => {
  await refused((x) => x.add(tf.randomUniform([2, 3])), CHANCE);
  await refused((x) => x.add(tf.randomNormal([2, 3])), CHANCE);
  await refused((x) => x.add(tf.truncatedNormal([2, 3])), CHANCE);
  await refused((x) => x.add(tf.randomGamma([2, 3], 1)), CHANCE);
  await refused((x) => tf.multinomial(x, 3), CHANCE);
  await refused((x) => tf.dropout(x, 0.5), CHANCE);
  await refused((x) => x.mul(Math.random()), CHANCE);
  await refused((x) => tf.layers.dense({ units: 2 }).apply(x), CHANCE);
});

test('layers that draw in JavaScript are refused: dropout outside of train(), which gives it a graph form, and noise', async () => {
  const layers = [
    tf.layers.dropout({ rate: 0.5 }),
    tf.layers.gaussianNoise({ stddev: 1 }),
    tf.layers.gaussianDropout({ rate: 0.5 }),
  ];
  for (const layer of layers) await refused((x) => layer.apply(x, { training: true }), CHANCE);
});

test('a tensor that the function keeps for later is refused, as it would never have a value', async () => {
  let kept: Tensor | undefined;
  await refused(
    function remember(x) {
      kept = tf.keep(x.mul(2));
      return x.mul(3);
    },
    {
      message:
        'cannot compile remember; a tensor that it keeps would have no value: float32[2,3] of Mul; return the tensor, or assign it ' +
        'to a variable',
    },
  );
  if (kept && !kept.isDisposed) assert.fail('the kept tensor is still there');
});

test('a variable that the function uses and disposes is refused, whoever made it', async () => {
  const message = (variable: string) =>
    `cannot compile forget; a variable that it uses must be there at every call: it disposes ${variable}; use a tensor for what one ` +
    'call needs, and dispose the variable outside of the function';
  await refused(
    function forget(x) {
      const factor = tf.variable(tf.scalar(2), false, 'factor');
      const y = x.mul(factor);
      factor.dispose();
      return y;
    },
    { name: 'Error', message: message('factor') },
  );
  await withoutLeaks(async () => {
    const sum = variable(1, { name: 'sum' });
    const forget = compile(function forget() {
      sum.assign(sum.add(1));
      sum.dispose();
    });
    await assert.rejects(forget(), { name: 'Error', message: message('sum') });
    forget.dispose();
  });
});

test('results that are no tensors are refused, with their place', async () => {
  const result = (text: string) => ({
    name: 'TypeError',
    message:
      'cannot compile results; it must return tensors, and arrays or objects of them, for any other value would be frozen: ' +
      text,
  });
  const returning = (value: (x: Tensor2D) => unknown) =>
    Object.defineProperty(value, 'name', { value: 'results' });
  await refused(
    returning((x) => x.shape[0]),
    result('the result is the number 2'),
  );
  await refused(
    returning((x) => ({ x, note: 'hi' })),
    result('the result.note is the string hi'),
  );
  await refused(
    returning((x) => ({ of: [x, new Map()] })),
    result('the result.of[1] is a Map'),
  );
  await refused(
    returning((x) => [x, () => x]),
    { message: /: the result\[1\] is the function \(\)\s*=>\s*x$/ },
  );
});

test('an asynchronous function is refused, and what it still does after that disturbs nobody', async () => {
  const message =
    'cannot compile later; it must return tensors: a promise; leave out "async", the compiled function is asynchronous by itself';
  await refused(
    async function later(x) {
      await null;
      return x.mul(2);
    },
    { name: 'TypeError', message },
  );
  await new Promise((resolve) => setTimeout(resolve, 5)); // an unhandled rejection would end the process
});

test('the steps that an optimizer counts are refused, as they would be frozen', async () => {
  const optimizer = tf.train.sgd(0.1);
  await refused((x) => x.mul(optimizer.iterations), {
    name: 'TypeError',
    message:
      'cannot record the reading of optimizer.iterations by SGD; the number would be frozen; put liveNumber(() => ' +
      'optimizer.iterations) in its place',
  });
  assert.equal(optimizer.iterations, 0);
  optimizer.dispose();
});

test('a compiled function inside another one that is being recorded is refused, whether it was recorded before or not', async () => {
  await withoutLeaks(async () => {
    const count = variable(0);
    const inner = compile(function inner() {
      count.assign(count.add(1));
    });
    const message =
      'cannot call inner while another function is being recorded; call the plain function in its place';
    const refusals: Promise<void>[] = [];
    const outer = compile((x: Tensor) => {
      refusals.push(assert.rejects(inner(), { name: 'Error', message }));
      return x.mul(3);
    });
    const [number, row] = [tf.scalar(1), tf.tensor1d([1])];
    tf.dispose(await outer(number));
    await inner();
    tf.dispose(await outer(row));
    assert.equal(refusals.length, 2);
    await Promise.all(refusals);
    assert.equal(count.dataSync()[0], 1);
    for (const each of [inner, outer]) each.dispose();
    tf.dispose([number, row, count]);
  });
});

test('arguments must be tensors of numbers or booleans that are still there', async () => {
  const double = compile(function double(x: Tensor) {
    return x.mul(2);
  }) as Compiled<(...args: unknown[]) => Tensor>;
  const wrong = (args: unknown[], name: string, message: string) =>
    withoutLeaks(() => assert.rejects(double(...args), { name, message: `cannot call double; ${message}` }));
  const tail = '; pass tf.scalar(...) for a number, and keep what never changes outside of the arguments';
  await wrong([5], 'TypeError', `every argument must be a tensor: argument 1 is number 5${tail}`);
  const text = tf.tensor(['a']);
  await wrong([text], 'TypeError', 'argument 1 must hold numbers or booleans: string');
  const gone = tf.scalar(1);
  gone.dispose();
  await wrong([gone], 'Error', 'argument 1 was disposed');
  const there = tf.scalar(1);
  await wrong(
    [there, [there]],
    'TypeError',
    `every argument must be a tensor: argument 2 is an object${tail}`,
  );
  await wrong(
    [there, undefined],
    'TypeError',
    `every argument must be a tensor: argument 2 is undefined undefined${tail}`,
  );
  tf.dispose([text, there]);
  double.dispose();
});

test('operations whose result has no fixed shape are named', async () => {
  await refused((x) => tf.unique(x.flatten()).values, {
    name: 'TypeError',
    message:
      'cannot record UniqueV2; the shape of every tensor must be known before the function runs: that of output 0 of UniqueV2 ' +
      'depends on values; compute it outside of the function',
  });
  await refused(() => tf.image.nonMaxSuppression(tf.zeros([2, 4]), tf.ones([2]), 2), {
    message:
      /^cannot record NonMaxSuppressionV3; the shape of every tensor must be known before the function runs: /,
  });
});

test('operations and types that a graph has no form for name the operation and the file where a row is missing', async () => {
  await refused((x) => tf.real(tf.complex(x, x)), {
    name: 'TypeError',
    message:
      'cannot record Complex; tensors of type complex64 have no row in recorder.ts; compute it outside of the function',
  });
});

test('shapes that do not fit come in the words of TensorFlow, which name the operation and both', async () => {
  await refused((x) => tf.add(x, tf.ones([4])), {
    message:
      /^cannot add Add to a graph; TensorFlow says: Dimensions must be equal, but are 3 and 4 .*: \[2,3\], \[4\]\.$/,
  });
  await refused((x) => x.matMul(tf.ones([4, 2])), {
    message:
      /^cannot add BatchMatMulV2 to a graph; TensorFlow says: Dimensions must be equal, but are 3 and 4 .*\[2,3\], \[4,2\]/,
  });
});
