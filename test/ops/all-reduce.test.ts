/** Tensors reduced over several real processes on this machine. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import test, { type TestContext } from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { optimised } from '../../lib/src/compile/optimise';
import { record } from '../../lib/src/compile/record';
import { bucketsOf, type MeanAcross, meanAcross } from '../../lib/src/ops/all-reduce';
import { tf } from '../../lib/src/tensorflow/load';
import { freeHosts } from '../../tools/free-ports';
import { withoutLeaks } from '../no-leaks';
import { EXACT, heldBy, REDUCTIONS, SHAPES } from './all-reduce-program';

const PROGRAM = path.join(__dirname, 'all-reduce-program.ts');
const HOW: MeanAcross = { size: 2, instance: 1, timeoutSeconds: 60 };

interface Worker {
  readonly process: ChildProcess;
  /** Parsed, one after the other. */
  readonly lines: AsyncIterator<string>;
}

/** Processes that do `tasks[index]`; those left over are killed with the test. */
async function workers(t: TestContext, tasks: readonly string[]): Promise<Worker[]> {
  const hosts = await freeHosts(tasks.length);
  return tasks.map((task, index) => {
    const args = ['--import', 'tsx', PROGRAM, task, hosts.join(), String(index)];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'] }); // TensorFlow tells what it tries again
    t.after(() => child.kill('SIGKILL'));
    return { process: child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
  });
}

async function nextLine<T>({ lines }: Worker): Promise<T> {
  const { value, done } = await lines.next();
  assert.ok(!done, 'the worker has ended');
  return JSON.parse(value);
}

async function exitCode({ process }: Worker): Promise<number | null> {
  if (process.exitCode === null && process.signalCode === null) await once(process, 'exit');
  return process.exitCode;
}

/** To the nearest number of 8 significant bits, to the even one of two. */
function bfloat16(x: number): number {
  const [bits] = new Uint32Array(Float32Array.of(x).buffer);
  return new Float32Array(Uint32Array.of((bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000).buffer)[0];
}

/** The means of every reduction, as each of the workers has them. */
async function means(t: TestContext, size: number): Promise<number[][][][]> {
  const all = await workers(
    t,
    Array.from({ length: size }, () => 'means'),
  );
  const said = await Promise.all(
    all.map(async (worker) => {
      const reductions: number[][][] = [];
      for (const name of Object.keys(REDUCTIONS)) {
        const [first, second] = await nextLine<number[][][]>(worker);
        assert.deepEqual(second, first, name);
        reductions.push(first);
      }
      return reductions;
    }),
  );
  for (const worker of all) worker.process.stdin!.end();
  for (const worker of all) assert.equal(await exitCode(worker), 0);
  return said;
}

test('two workers get the mean of what they hold, to the last bit, in however many buckets', async (t) => {
  const [own, other] = await means(t, 2);
  assert.deepEqual(own, other);
  const [a, b] = [heldBy(0), heldBy(1)];
  for (const [at, [name, { transport }]] of Object.entries(REDUCTIONS).entries()) {
    const expected = a.map((values, i) => {
      const to = transport === 'bfloat16' && !EXACT.includes(i) ? bfloat16 : Math.fround;
      return Array.from(values, (value, j) => to(to(value) + to(b[i][j])) / 2);
    });
    assert.deepEqual(own[at], expected, name);
  }
});

test('three workers get the same mean', async (t) => {
  const [own, ...others] = await means(t, 3);
  for (const other of others) assert.deepEqual(other, own);
  const held = [0, 1, 2].map(heldBy);
  own.forEach((tensors, at) => {
    const tolerance = Object.values(REDUCTIONS)[at].transport === 'bfloat16' ? 0.01 : 1e-7;
    for (const [i, values] of tensors.entries()) {
      for (const [j, value] of values.entries()) {
        const expected = held.reduce((sum, of) => sum + of[i][j], 0) / 3;
        assert.ok(Math.abs(value - expected) < tolerance, `${value}, not ${expected}`);
      }
    }
  });
});

for (const [victim, signal] of [
  [1, 'SIGKILL'],
  [0, 'SIGKILL'],
  [1, 'SIGSTOP'],
] as const) {
  test(`the step of the other worker fails when worker ${victim} gets a ${signal}`, async (t) => {
    const both = await workers(t, ['steps', 'steps']);
    const survivor = both[1 - victim];
    for (let step = 1; step <= 3; step++)
      for (const worker of both) assert.equal(await nextLine(worker), step);
    both[victim].process.kill(signal);
    let said: number | string = 0;
    while (typeof said === 'number') said = await nextLine<number | string>(survivor);
    assert.match(said, /^Error: cannot run the graph; TensorFlow says: /);
    assert.equal(/timed out/.test(said), signal === 'SIGSTOP', said); // gRPC has many words for a connection that broke
    assert.equal(await exitCode(survivor), 0);
  });
}

test('a step that waits for the others can be broken off', async (t) => {
  const [impatient] = await workers(t, ['impatience', 'idleness']);
  const brokenOff =
    'Error: cannot run the graph; TensorFlow says: Step was cancelled by an explicit call to `Session::Close()`.';
  assert.equal(await nextLine(impatient), brokenOff);
  assert.equal(await nextLine(impatient), 'Error: cannot run a function of a session that was disposed');
  assert.equal(await exitCode(impatient), 0);
});

test('a process can end while its step waits for the others', async (t) => {
  const [fleeing] = await workers(t, ['flight', 'idleness']);
  assert.equal(await nextLine(fleeing), 7);
  assert.equal(await exitCode(fleeing), 7);
});

test('one worker gets back what it gave', async () => {
  await withoutLeaks(async () => {
    const tensors = [tf.tensor1d([1, 2]), tf.scalar(3)];
    const mean = compile((...given: Tensor[]) => meanAcross(given, { ...HOW, size: 1 }));
    const given = await mean(...tensors);
    assert.deepEqual(
      given.map((tensor) => tensor.arraySync()),
      [[1, 2], 3],
    );
    tf.dispose([tensors, given]);
    mean.dispose();
  });
});

test('tensors travel with their neighbours as long as there is room, exact ones apart from the others', () => {
  tf.tidy(() => {
    const tensors = SHAPES.map((shape) => tf.zeros([...shape])); // 30, 20, 1, 50 and 7 numbers
    const exact = EXACT.map((i) => tensors[i]);
    const buckets = (how: Parameters<typeof bucketsOf>[1]) => bucketsOf(tensors, how);
    assert.deepEqual(buckets({}), [{ places: [0, 1, 2, 3, 4], transport: 'float32' }]);
    assert.deepEqual(
      buckets({ bucketBytes: 204 }).map(({ places }) => places),
      [[0, 1, 2], [3], [4]],
    );
    assert.deepEqual(buckets({ exact }), buckets({}));
    assert.deepEqual(buckets({ transport: 'bfloat16', exact }), [
      { places: [0, 1, 3], transport: 'bfloat16' },
      { places: [2, 4], transport: 'float32' },
    ]);
    for (const { buckets: count, ...how } of Object.values(REDUCTIONS)) {
      assert.equal(buckets({ ...how, exact }).length, count);
    }
    assert.deepEqual(bucketsOf([], {}), []);
  });
});

test('a graph keeps the reductions that are used, each once, and no others', () => {
  const x = tf.ones([3]);
  const twice = () => {
    const [a] = meanAcross([x], HOW);
    const [b] = meanAcross([x], { ...HOW, instance: 2 });
    meanAcross([x], { ...HOW, instance: 3 });
    return [a, b, a.add(b)];
  };
  const { graph } = optimised(record(twice, [], 'the function'));
  assert.equal(graph.nodes.filter(({ op }) => op === 'CollectiveGatherV2').length, 2);
  x.dispose();
});

test('it refuses to run eagerly, and settings that cannot be', async () => {
  await withoutLeaks(() => {
    const [x, whole, other] = [tf.ones([3]), tf.ones([3], 'int32'), tf.ones([2])];
    const refuses = (tensors: Tensor[], how: Partial<MeanAcross>, name: string, message: string) =>
      assert.throws(() => meanAcross(tensors, { ...HOW, ...how }), { name, message });
    const eagerly =
      'cannot reduce tensors eagerly; workers meet in the sessions of their servers: compile the function that calls meanAcross';
    refuses([x], {}, 'TypeError', eagerly);
    const type = 'cannot reduce tensors; all must be float32: int32; use toFloat()';
    refuses([x, whole], {}, 'TypeError', type);
    const stranger = 'invalid exact; not one of the tensors: float32[2]';
    refuses([x], { exact: [other] }, 'RangeError', stranger);
    for (const name of ['size', 'instance', 'timeoutSeconds', 'bucketBytes']) {
      for (const value of [0, -1, 1.5]) {
        refuses([x], { [name]: value }, 'RangeError', `invalid ${name}; not a positive integer: ${value}`);
      }
    }
    tf.dispose([x, whole, other]);
  });
});
