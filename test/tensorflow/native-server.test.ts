/** Servers of a cluster of one: they cannot be stopped, and end with this process. */
import assert from 'node:assert/strict';
import net from 'node:net';
import test from 'node:test';
import type { Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { GraphSession } from '../../lib/src/compile/graph-session';
import { profiledStep } from '../../lib/src/compile/profile';
import { RecordedFunction } from '../../lib/src/compile/recorded-function';
import type { SessionOptions } from '../../lib/src/compile/session-options';
import { nativeBackend } from '../../lib/src/tensorflow/backend';
import { tf } from '../../lib/src/tensorflow/load';
import { NativeGraph } from '../../lib/src/tensorflow/native-graph';
import { NativeServer, type ServerOptions } from '../../lib/src/tensorflow/native-server';
import { NativeRun, NativeSession } from '../../lib/src/tensorflow/native-session';
import { freeHosts } from '../../tools/free-ports';
import { withoutLeaks } from '../no-leaks';

let opened: NativeServer | undefined;

/** One for all tests. */
async function server(): Promise<NativeServer> {
  opened ??= new NativeServer({ hosts: await freeHosts(1), index: 0, intraOpThreads: 1 });
  return opened;
}

/** A function in a session of its own that adds 1 to a variable. */
function counter(on: NativeServer, first: number, options: SessionOptions = {}) {
  const count = tf.tidy(() => tf.variable(tf.scalar(first)));
  const session = new GraphSession(options, undefined, on);
  const add = () => {
    count.assign(count.add(1));
  };
  const counted = new RecordedFunction(add, session, 'the counter').for([]);
  const dispose = () => {
    session.dispose();
    count.dispose();
  };
  return { count, counted, dispose };
}

const value = (variable: Variable) => (variable as Tensor).dataSync()[0];

/** Whether the server has a variable's memory under this name. */
function hasMemory({ device, target, config }: NativeServer, name: string): boolean {
  const graph = new NativeGraph();
  const attrs = { dtype: { type: 'float32' }, shape: { shape: [] }, shared_name: { string: name } } as const;
  const handle = graph.add({ name: 'handle', op: 'VarHandleOp', inputs: [], attrs, device });
  const inputs = [{ oper: handle.pointer, index: 0 }];
  const is = graph.add({ name: 'is', op: 'VarIsInitializedOp', inputs, attrs: {}, device });
  const session = new NativeSession(graph, config, target);
  const [result] = new NativeRun(session, [], [{ oper: is.pointer, index: 0 }], []).runBlocking([]);
  const [answer] = result.read();
  result.dispose();
  session.dispose();
  graph.dispose();
  return Boolean(answer);
}

test('a session on a server computes what one without it does, on the device of its worker', async () => {
  const on = await server();
  await withoutLeaks(async () => {
    const { count, counted, dispose } = counter(on, 1);
    for (let i = 0; i < 3; i++) await counted.call([]);
    assert.equal(value(count), 4);
    const { ops } = profiledStep(await counted.trace([]), counted.recording.graph);
    const kind = nativeBackend().isUsingGpuDevice ? 'GPU' : 'CPU';
    assert.equal(ops.find(({ op }) => op === 'AssignVariableOp')?.device, `${kind}:0`);
    assert.equal(on.device, `/job:worker/replica:0/task:0/device:${kind}:0`);
    dispose();
  });
});

test('sessions on one server have variables of their own', async () => {
  const on = await server();
  await withoutLeaks(async () => {
    const counters = [counter(on, 0), counter(on, 100), counter(on, 200, { device: 'cpu' })];
    for (let i = 0; i < 2; i++) for (const { counted } of counters) await counted.call([]);
    assert.deepEqual(
      counters.map(({ count }) => value(count)),
      [2, 102, 202],
    );
    for (const { dispose } of counters) dispose();
  });
});

test('a variable that two sessions on a server use has one value', async () => {
  const on = await server();
  await withoutLeaks(async () => {
    const { count, counted, dispose } = counter(on, 0);
    const session = new GraphSession({}, undefined, on);
    const double = () => {
      count.assign(count.mul(2));
    };
    const doubled = new RecordedFunction(double, session, 'the doubling').for([]);
    for (const each of [counted, doubled, counted, doubled]) await each.call([]);
    assert.equal(value(count), 6);
    session.dispose();
    dispose();
  });
});

test('the memory of variables is freed with their session', async () => {
  const on = await server();
  const number = Number(/\d+/.exec(on.nextSession())) + 1;
  const name = `session${number}/variables/0`; // of the session that comes next
  const { counted, dispose } = counter(on, 0);
  await counted.call([]);
  assert.ok(hasMemory(on, name));
  dispose();
  assert.ok(!hasMemory(on, name));
});

test('a session may be cancelled with nothing to cancel, and is disposed then', async () => {
  const on = await server();
  await withoutLeaks(async () => {
    const { count, counted } = counter(on, 0);
    await counted.call([]);
    assert.equal(value(count), 1);
    await counted.session.cancel();
    await counted.session.cancel();
    assert.ok(counted.session.disposed);
    const message = 'cannot run a function of a session that was disposed';
    await assert.rejects(() => counted.call([]), { message });
    count.dispose();
  });
});

test('threads are those of the server', async () => {
  const on = await server();
  new GraphSession({ intraOpThreads: 1 }, undefined, on).dispose();
  assert.throws(() => new GraphSession({ intraOpThreads: 2 }, undefined, on), {
    name: 'RangeError',
    message: "invalid intraOpThreads; not the server's, 1: 2; open the server with as many",
  });
});

test('a port that is taken is told', async (t) => {
  const [host] = await freeHosts(1);
  const taker = net.createServer().listen(Number(host.split(':')[1]), '127.0.0.1');
  t.after(() => taker.close());
  await new Promise((resolve) => taker.once('listening', resolve));
  assert.throws(() => new NativeServer({ hosts: [host], index: 0 }), {
    name: 'Error',
    message: `cannot open TensorFlow's server; its port must be free on this machine: ${host}; end the program that has it, or take another`,
  });
});

test('hosts, index and threads are checked', () => {
  const hosts = ['a:4000', 'b:4000'];
  const refuses = (options: ServerOptions, name: string, message: string) =>
    assert.throws(() => new NativeServer(options), { name, message });
  for (const host of ['a', 'a:', ':4000', 'a:0', 'a:65536', 'a:b', 'http://a:4000', 'a b:4000']) {
    const message = `invalid hosts; not a name and a port as 'host:4000': ${host}`;
    refuses({ hosts: ['b:4000', host], index: 0 }, 'TypeError', message);
  }
  for (const index of [-1, 2, 0.5]) {
    refuses({ hosts, index }, 'RangeError', `invalid index; not of one of the hosts, from 0 to 1: ${index}`);
  }
  for (const intraOpThreads of [0, 1.5]) {
    const message = `invalid intraOpThreads; not a positive integer: ${intraOpThreads}`;
    refuses({ hosts, index: 0, intraOpThreads }, 'RangeError', message);
  }
});
