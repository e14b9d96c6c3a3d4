/** A function's graph with its variables' values inside, and for any number of images. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { frozen, withOpenBatch } from '../../lib/src/compile/freeze';
import { checkGraph, type Graph } from '../../lib/src/compile/graph';
import { liveNumber, record } from '../../lib/src/compile/record';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { variable } from './compared';
import { float, run } from './small-graph';

const BATCHES = [5, 7] as const;

type Fn = (x: Tensor) => unknown;

const recorded = (fn: Fn, batch: number) =>
  record(fn as (...args: Tensor[]) => unknown, [float(batch, 3)], 'fn');
const opened = (fn: Fn): Graph => withOpenBatch([frozen(recorded(fn, 5)), frozen(recorded(fn, 7))], BATCHES);

test('a frozen graph has the values that the variables have now, and no variable', async () => {
  await withoutLeaks(async () => {
    const w = variable([1, 2, 3]);
    const recording = recorded((x) => x.mul(w).add(w), 5);
    const before = (await run(recording)).flat();
    const graph = frozen(recording);
    checkGraph(graph);
    assert.deepEqual(
      [graph.variables, graph.nodes.filter(({ op }) => /Variable|VarHandle/.test(op))],
      [[], []],
    );
    assert.equal(graph.nodes.filter(({ op }) => op === 'Const').length, 1, 'read twice, there once');
    const after = (await run({ ...recording, graph, variables: [] })).flat();
    assert.deepEqual(after, before);
    w.dispose();
  });
});

test('a function that trains, or that asks JavaScript for a number, cannot be frozen', async () => {
  await withoutLeaks(() => {
    const w = variable([1, 2, 3]);
    assert.throws(
      () => frozen(recorded((x) => w.assign(x.mean(0)), 5)),
      /cannot freeze a function that writes variables/,
    );
    assert.throws(() => frozen(recorded((x) => x.mul(liveNumber(() => 2)), 5)), /that reads live numbers/);
    w.dispose();
  });
});

test('the number of images becomes open in inputs and in shapes, and nothing else changes', async () => {
  await withoutLeaks(() => {
    const graph = opened((x) => x.reshape([-1, 3, 1]).slice([0, 1], [-1, 2]).mul(2));
    assert.deepEqual(graph.inputs[0].shape, [-1, 3]);
    const values = graph.nodes.flatMap(({ op, attrs: { value } }) =>
      op === 'Const' && 'tensor' in value ? [[...value.tensor.values].map(Number)] : [],
    );
    assert.deepEqual(values, [[-1, 3, 1], [0, 1, 0], [-1, 2, 1], [2]]);
  });
});

test('a graph that computes with the number of images is refused, and names the node', async () => {
  await withoutLeaks(() => {
    assert.throws(() => opened((x) => x.div(x.shape[0])), {
      name: 'TypeError',
      message: /cannot leave the number of images open; .+ computes with it: 5, 7/,
    });
    assert.throws(() => opened((x) => x.reshape([x.shape[0] * 3])), /computes with it: 15, 21/);
    const places = (x: Tensor) => tf.range(0, x.shape[0], 1, 'int32').expandDims(1);
    assert.throws(() => opened((x) => x.mul(places(x))), /Const.* computes with it: 5, 7/);
    const ones = (x: Tensor) => tf.ones([x.shape[0], 1], 'int32');
    assert.throws(() => opened((x) => x.mul(ones(x))), /Const.* computes with it: \[5,1\], \[7,1\]/);
    assert.throws(() => opened((x) => (x.shape[0] === 5 ? x.add(1) : x.mul(1))), /depends on it/);
  });
});
