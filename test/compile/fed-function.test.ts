import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { compiledFed, eagerFed, type FedFunction } from '../../lib/src/compile/fed-function';
import { GraphSession } from '../../lib/src/compile/graph-session';
import { RecordedFunction } from '../../lib/src/compile/recorded-function';
import { withoutLeaks } from '../no-leaks';
import { variable } from './compared';

/** Both forms of a function of bytes, one after the other. */
async function inBothForms(
  fn: (...args: Tensor[]) => Tensor[],
  use: (fed: FedFunction) => Promise<void>,
): Promise<void> {
  await withoutLeaks(async () => {
    await use(eagerFed(fn));
    const session = new GraphSession();
    await use(compiledFed(new RecordedFunction(fn, session, 'the function')));
    session.dispose();
  });
}

test('bytes go in, numbers come out, and the memory can be filled again', async () => {
  const fn = (x: Tensor, y: Tensor) => [x.toFloat().div(255), x.sum(), y.toFloat().mean()];
  await inBothForms(fn, async (fed) => {
    const feeds = [fed.feed({ dtype: 'uint8', shape: [2, 2] }), fed.feed({ dtype: 'uint8', shape: [3] })];
    feeds[0].values.set([0, 255, 51, 102] as never);
    feeds[1].values.set([1, 2, 6] as never);
    const [shares, sum, mean] = (await fed.call(feeds)).map((values) => Array.from(values, Number));
    assert.deepEqual(
      [shares.map((share) => Number(share.toFixed(6))), sum, mean],
      [[0, 1, 0.2, 0.4], [408], [3]],
    );
    feeds[0].values.fill(1 as never);
    assert.deepEqual(Array.from((await fed.call(feeds))[1], Number), [4]);
    for (const feed of feeds) feed.dispose();
  });
});

test('a smaller last batch is recorded as well', async () => {
  const shapes = new Set<string>();
  const fn = (x: Tensor) => {
    shapes.add(String(x.shape));
    return [x.toFloat().mean()];
  };
  await inBothForms(fn, async (fed) => {
    shapes.clear();
    for (const size of [4, 4, 3, 4, 3]) {
      const feed = fed.feed({ dtype: 'uint8', shape: [size] });
      feed.values.set(Array.from({ length: size }, (_, i) => i) as never);
      assert.deepEqual(
        (await fed.call([feed])).map((values) => [...values]),
        [[(size - 1) / 2]],
      );
      feed.dispose();
    }
    assert.deepEqual([...shapes], ['4', '3']);
  });
});

test('functions in one session share their variables without a copy through JavaScript', async () => {
  await withoutLeaks(async () => {
    const sum = variable(0);
    const session = new GraphSession();
    const fed = (fn: (...args: Tensor[]) => Tensor[], name: string) =>
      compiledFed(new RecordedFunction(fn, session, name));
    const add = fed((x) => {
      sum.assign(sum.add(x.sum().toFloat()));
      return [sum];
    }, 'add');
    const double = fed(() => {
      sum.assign(sum.mul(2));
      return [sum];
    }, 'double');
    const feed = add.feed({ dtype: 'uint8', shape: [2] });
    feed.values.set([1, 2] as never);
    const seen: number[] = [];
    for (const [fn, feeds] of [
      [add, [feed]],
      [double, []],
      [double, []],
      [add, [feed]],
    ] as const) {
      seen.push(Number((await fn.call(feeds))[0][0]));
    }
    assert.deepEqual(seen, [3, 6, 12, 15]);
    feed.dispose();
    session.dispose();
    assert.equal(sum.dataSync()[0], 15);
    sum.dispose();
  });
});

test('a session that was disposed takes no function and runs none', async () => {
  const session = new GraphSession();
  const fed = compiledFed(new RecordedFunction((x) => [x.mul(2)], session, 'double'));
  const feed = fed.feed({ dtype: 'uint8', shape: [1] });
  await fed.call([feed]);
  session.dispose();
  await assert.rejects(fed.call([feed]), { message: 'cannot run a function of a session that was disposed' });
  const other = compiledFed(new RecordedFunction((x) => [x.mul(3)], session, 'triple'));
  await assert.rejects(other.call([feed]), {
    message: 'cannot add a function to a session that was disposed',
  });
  feed.dispose();
});

test('the event loop has its turn between eager calls', async () => {
  const fed = eagerFed((x) => [x.toFloat().mean()]);
  const feed = fed.feed({ dtype: 'uint8', shape: [4] });
  let turns = 0;
  const timer = setImmediate(function count() {
    if (++turns < 100) setImmediate(count);
  });
  for (let call = 0; call < 5; call++) await fed.call([feed]);
  assert.ok(turns >= 4, `${turns} turns`);
  clearImmediate(timer);
  feed.dispose();
});
