import assert from 'node:assert/strict';
import test from 'node:test';
import type { TfOutput } from '../../lib/src/tensorflow/c-api';
import { NativeGraph, type NativeOperation } from '../../lib/src/tensorflow/native-graph';
import { NativeRun, NativeSession } from '../../lib/src/tensorflow/native-session';
import { NativeTensor } from '../../lib/src/tensorflow/native-tensor';

const first = ({ pointer }: NativeOperation): TfOutput => ({ oper: pointer, index: 0 });
const numbers = (...values: number[]) =>
  NativeTensor.of({ dtype: 'float32', shape: [values.length] }, Float32Array.from(values));

function read(tensors: readonly NativeTensor[]): number[][] {
  return tensors.map((tensor) => {
    const values = Array.from(tensor.read(), Number);
    tensor.dispose();
    return values;
  });
}

/** y = x² of three numbers, and a variable that every run of `add` adds x to. */
function squares() {
  const graph = new NativeGraph();
  const float = { type: 'float32' } as const;
  const shape = { shape: [3] };
  const x = graph.add({ name: 'x', op: 'Placeholder', inputs: [], attrs: { dtype: float, shape } });
  const y = graph.add({ name: 'y', op: 'Square', inputs: [first(x)], attrs: {} });
  const handle = graph.add({
    name: 'sum',
    op: 'VarHandleOp',
    inputs: [],
    attrs: { dtype: float, shape, shared_name: { string: 'sum' } },
  });
  const assign = graph.add({
    name: 'assign',
    op: 'AssignVariableOp',
    inputs: [first(handle), first(x)],
    attrs: {},
  });
  const add = graph.add({
    name: 'add',
    op: 'AssignAddVariableOp',
    inputs: [first(handle), first(x)],
    attrs: {},
  });
  const sum = graph.add({
    name: 'value',
    op: 'ReadVariableOp',
    inputs: [first(handle)],
    attrs: { dtype: float },
  });
  const session = new NativeSession(graph, {});
  const dispose = () => {
    session.dispose();
    graph.dispose();
  };
  return {
    graph,
    session,
    x: first(x),
    y: first(y),
    assign: assign.pointer,
    add: add.pointer,
    sum: first(sum),
    dispose,
  };
}

test('a run feeds, computes and fetches, again and again, in the order that was asked for', async () => {
  const { session, x, y, dispose } = squares();
  const run = new NativeRun(session, [x], [y, x], []);
  for (const values of [
    [1, 2, 3],
    [-4, 0, 0.5],
  ]) {
    const fed = numbers(...values);
    assert.deepEqual(read(await run.run([fed]).catch(() => [])).length, 0); // TensorFlow refuses to fetch what is fed
    fed.dispose();
  }
  const only = new NativeRun(session, [x], [y], []);
  for (const values of [
    [1, 2, 3],
    [-4, 0, 0.5],
  ]) {
    const fed = numbers(...values);
    assert.deepEqual(read(await only.run([fed])), [values.map((value) => value ** 2)]);
    assert.deepEqual(read(only.runBlocking([fed])), [values.map((value) => value ** 2)]);
    fed.dispose();
  }
  dispose();
});

test('targets run for their effect, and variables live as long as the session', async () => {
  const { session, x, y, assign, add, sum, dispose } = squares();
  const fed = numbers(1, 2, 3);
  const [begin, go] = [new NativeRun(session, [x], [y], [assign]), new NativeRun(session, [x], [y], [add])];
  read(begin.runBlocking([fed]));
  read(await go.run([fed]));
  read(await go.run([fed]));
  assert.deepEqual(read(new NativeRun(session, [], [sum], []).runBlocking([])), [[3, 6, 9]]);
  fed.dispose();
  dispose();
});

test('a failure is told in the words of TensorFlow, and the session goes on', async () => {
  const { session, x, y, assign, sum, dispose } = squares();
  const early = new NativeRun(session, [], [sum], []);
  const told =
    /^Error: cannot run the graph; TensorFlow says: .*(uninitialized|does not exist|was not found)/is;
  await assert.rejects(early.run([]), told);
  assert.throws(() => early.runBlocking([]), told);
  const fed = numbers(1, 2, 3);
  read(new NativeRun(session, [x], [y], [assign]).runBlocking([fed]));
  assert.deepEqual(read(await early.run([])), [[1, 2, 3]]);
  fed.dispose();
  dispose();
});

test('a traced run also tells what ran', async () => {
  const { session, x, y, dispose } = squares();
  const fed = numbers(1, 2, 3);
  const { results, metadata } = await new NativeRun(session, [x], [y], []).trace([fed]);
  assert.deepEqual(read(results), [[1, 4, 9]]);
  assert.ok(Buffer.from(metadata).includes('Square'));
  fed.dispose();
  dispose();
});

test('a session that is disposed while it runs lets the run end', async () => {
  const { session, x, y, graph } = squares();
  const fed = numbers(1, 2, 3);
  const running = new NativeRun(session, [x], [y], []).run([fed]);
  session.dispose();
  session.dispose();
  assert.deepEqual(read(await running), [[1, 4, 9]]);
  assert.throws(() => session.pointer, { message: 'cannot use a session after its disposal' });
  fed.dispose();
  graph.dispose();
});

test('settings that TensorFlow does not know are refused', () => {
  const graph = new NativeGraph();
  assert.throws(() => new NativeSession(graph, { allowSoftPlacement: 'yes' }), {
    name: 'TypeError',
    message: 'invalid ConfigProto; allowSoftPlacement: boolean expected',
  });
  graph.dispose();
});
