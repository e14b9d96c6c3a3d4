import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { liveNumber } from '../../lib/src/compile/record';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { variable } from './compared';

test('a live number is read anew at every call, and needs no other graph', async () => {
  await withoutLeaks(async () => {
    let rate = 0.5;
    const scale = compile((x: Tensor) => x.mul(liveNumber(() => rate)));
    const x = tf.tensor1d([2, 4]);
    const results: number[][] = [];
    const graphs = new Set();
    for (rate of [0.5, 3, -1]) {
      const y = await scale(x);
      results.push([...y.dataSync()]);
      graphs.add(scale.graph);
      y.dispose();
    }
    assert.deepEqual(results, [
      [1, 2],
      [6, 12],
      [-2, -4],
    ]);
    assert.equal(graphs.size, 1);
    scale.dispose();
    x.dispose();
  });
});

test('several are read in their order, and each may be used more than once', async () => {
  await withoutLeaks(async () => {
    const read: string[] = [];
    const number = (name: string, value: number) =>
      liveNumber(() => {
        read.push(name);
        return value;
      });
    const sum = compile((x: Tensor) => {
      const [a, b] = [number('a', 1), number('b', 10)];
      return a.add(b.mul(b)).add(x);
    });
    const x = tf.scalar(1000);
    const y = await sum(x);
    assert.equal(y.dataSync()[0], 1101);
    assert.deepEqual(read, ['a', 'b']);
    tf.dispose([x, y]);
    sum.dispose();
  });
});

test('one that is returned as it is comes back as a tensor', async () => {
  await withoutLeaks(async () => {
    const same = compile(() => liveNumber(() => 7));
    const y = await same();
    assert.deepEqual([y.dtype, y.shape, y.dataSync()[0]], ['float32', [], 7]);
    y.dispose();
    same.dispose();
  });
});

test('it is read when the call has its turn, after those before it', async () => {
  await withoutLeaks(async () => {
    const count = variable(0);
    const step = compile(() => {
      count.assign(count.add(1));
      return liveNumber(() => count.dataSync()[0]);
    });
    const results = await Promise.all([step(), step(), step()]);
    assert.deepEqual(
      results.map((result) => result.dataSync()[0]),
      [0, 1, 2],
    );
    tf.dispose(results);
    step.dispose();
    count.dispose();
  });
});

test("outside of a recording it is a scalar of the number now, the caller's", async () => {
  await withoutLeaks(() => {
    const number = liveNumber(() => 3);
    assert.deepEqual([number.dtype, number.shape, number.dataSync()[0]], ['float32', [], 3]);
    number.dispose();
  });
});

test('what the reading throws rejects the call, and the next one works', async () => {
  await withoutLeaks(async () => {
    let fails = true;
    const step = compile(() =>
      liveNumber(() => {
        if (fails) throw new Error('no number yet');
        return 4;
      }).mul(2),
    );
    await assert.rejects(step(), /^Error: no number yet$/);
    fails = false;
    const y = await step();
    assert.equal(y.dataSync()[0], 8);
    y.dispose();
    step.dispose();
  });
});
