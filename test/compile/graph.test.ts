import assert from 'node:assert/strict';
import test from 'node:test';
import type { LayersModel, Tensor, Tensor1D } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { checkGraph, type Graph, type GraphNode, nodeOf, refOf, splitRef } from '../../lib/src/compile/graph';
import { adam } from '../../lib/src/model/keras-defaults';
import { ResNet } from '../../lib/src/model/resnet';
import { tf } from '../../lib/src/tensorflow/load';
import { classesInTurn, disposeOptimizer, noiseTensor, stepOf, variable } from './compared';

/** The graph of one training step of the article's net. */
async function articleGraph(): Promise<Graph> {
  const model: LayersModel = ResNet(10, { seed: 1 });
  model.compile({ optimizer: adam(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  const data = [noiseTensor([4, 32, 32, 3], 1), classesInTurn(4, 10)];
  const step = compile(stepOf(model));
  tf.dispose(await step(...data));
  const { graph } = step;
  step.dispose();
  tf.dispose(data);
  disposeOptimizer(model.optimizer);
  model.dispose();
  return graph!;
}

test('there is no graph before the first call; then it is that of the last recording', async () => {
  const double = compile((x: Tensor) => x.mul(2));
  assert.equal(double.graph, undefined);
  const shapes: number[][] = [];
  for (const size of [2, 3]) {
    const x = tf.zeros([size]);
    tf.dispose([await double(x), x]);
    shapes.push([...double.graph!.inputs[0].shape]);
  }
  assert.deepEqual(shapes, [[2], [3]]);
  double.dispose();
});

test('a small graph, in full', async () => {
  const sum = variable([1, 2], { name: 'sum' });
  const add = compile((x: Tensor1D) => {
    sum.assign(sum.add(x));
    return { x: x.mul(3) };
  });
  const x = tf.tensor1d([5, 6]);
  tf.dispose([await add(x), x]);
  const spec = { dtype: 'float32', shape: [2] };
  const node = (name: string, op: string, inputs: string[], rest: object) => ({
    name,
    op,
    inputs,
    after: [],
    layer: '',
    ...rest,
  });
  const plain = JSON.parse(JSON.stringify(add.graph)) as Graph;
  assert.deepEqual(
    plain.nodes.map(({ attrs: _, ...rest }) => rest),
    [
      node('input', 'Placeholder', [], { outputs: [spec] }),
      node('VarHandleOp', 'VarHandleOp', [], { outputs: [{ dtype: 'resource', shape: [] }] }),
      node('ReadVariableOp', 'ReadVariableOp', ['VarHandleOp:0'], { outputs: [spec] }),
      node('Add', 'Add', ['ReadVariableOp:0', 'input:0'], { outputs: [spec] }),
      node('Const', 'Const', [], { outputs: [{ dtype: 'float32', shape: [] }] }),
      node('Mul', 'Mul', ['input:0', 'Const:0'], { outputs: [spec] }),
      node('AssignVariableOp', 'AssignVariableOp', ['VarHandleOp:0', 'Add:0'], {
        outputs: [],
        after: ['ReadVariableOp'],
      }),
    ],
  );
  assert.deepEqual(
    { ...plain, nodes: [] },
    {
      nodes: [],
      inputs: [{ ...spec, live: false, name: 'input' }],
      results: ['Mul:0'],
      variables: [{ name: 'sum', handle: 'VarHandleOp', written: true, ...spec }],
      effects: ['AssignVariableOp'],
    },
  );
  add.dispose();
  sum.dispose();
});

test("the article's training step is a sound graph of plain data, and every shape is known", async () => {
  const graph = await articleGraph();
  checkGraph(graph);
  const count = (op: string) => graph.nodes.filter((node) => node.op === op).length;
  assert.equal(count('Conv2D') + count('_FusedConv2D'), 10);
  assert.equal(count('Conv2DBackpropFilter'), 10);
  assert.equal(count('Conv2DBackpropInput'), 9); // none for the images
  assert.equal(count('FusedBatchNormV3'), 7);
  assert.equal(count('FusedBatchNormGradV3'), 7);
  assert.equal(count('ResourceApplyAdam'), 10 * 2 + 7 * 2 + 2);
  const sizes = graph.nodes.flatMap(({ outputs }) => outputs.flatMap(({ shape }) => shape));
  assert.ok(sizes.every((size) => Number.isInteger(size) && size >= 0));
  const allowed = new Set([Object.prototype, Array.prototype]);
  walk(graph, (value) => {
    if (ArrayBuffer.isView(value)) return false;
    const plain = typeof value !== 'object' || allowed.has(Object.getPrototypeOf(value));
    assert.ok(plain && typeof value !== 'function', String(value));
    return true;
  });
  assert.deepEqual(checkGraph(JSON.parse(JSON.stringify(graph))), undefined);
});

/** Visits every value within, as far as `visit` says to go on. */
function walk(value: unknown, visit: (value: unknown) => boolean): void {
  if (value === undefined || !visit(value)) return;
  if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) walk(part, visit);
}

test('nodes know their layers, forward and backward', async () => {
  const { nodes } = await articleGraph();
  const of = (layer: string, op: string) =>
    nodes.filter((node) => node.layer === layer && node.op === op).map(({ name }) => name);
  assert.deepEqual(of('block1_conv1', 'Conv2D'), ['block1_conv1/Conv2D']);
  assert.deepEqual(of('block1_conv1', 'Conv2DBackpropFilter'), [
    'gradients/block1_conv1/Conv2DBackpropFilter',
  ]);
  assert.deepEqual(of('stem_bn', 'FusedBatchNormGradV3'), ['gradients/stem_bn/FusedBatchNormGradV3']);
  assert.ok(nodes.filter(({ op }) => op === 'ResourceApplyAdam').every(({ layer }) => layer === ''));
  const layers = new Set(nodes.map(({ layer }) => layer));
  for (const name of ['stem_conv', 'stem_relu', 'stem_pool', 'block3_shortcut', 'head_dense'])
    assert.ok(layers.has(name), name);
});

const good: Graph = {
  nodes: [node('a', []), node('b', ['a:0'], ['a'])],
  inputs: [],
  results: ['b:0'],
  variables: [],
  effects: ['b'],
};

function node(name: string, inputs: `${string}:${number}`[], after: string[] = []): GraphNode {
  return {
    name,
    op: 'NoOp',
    inputs,
    after,
    attrs: {},
    outputs: [{ dtype: 'float32', shape: [] }],
    layer: '',
  };
}

test('a graph that is not sound is refused, in words', () => {
  checkGraph(good);
  const wrong = (change: Partial<Graph>, message: string) =>
    assert.throws(() => checkGraph({ ...good, ...change }), { message: `invalid graph; ${message}` });
  wrong({ nodes: [node('a', []), node('a', [])] }, 'two nodes are named a');
  wrong({ nodes: [node('b', ['a:0']), node('a', [])] }, 'b takes a:0, which no node before it makes');
  wrong({ nodes: [node('a', []), node('b', ['a:1'])] }, 'b takes a:1, and a has 1 outputs');
  wrong({ nodes: [node('a', []), node('b', [], ['c'])] }, 'b names c, which no node before it is');
  wrong({ results: ['c:0'] }, 'a result takes c:0, which no node before it makes');
  wrong({ effects: ['c'] }, 'an effect names c, which no node before it is');
  const spec = { dtype: 'float32', shape: [] } as const;
  wrong({ inputs: [{ name: 'c', live: false, ...spec }] }, 'an input names c, which no node before it is');
  const weight = { name: 'w', handle: 'c', written: false, ...spec };
  wrong({ variables: [weight] }, 'a variable names c, which no node before it is');
  wrong(
    { variables: [{ ...weight, handle: 'a', initial: 'b:7' }] },
    'a variable takes b:7, and b has 1 outputs',
  );
});

test('a reference is a name and a number, and names may have colons', () => {
  assert.equal(refOf('conv'), 'conv:0');
  assert.deepEqual(splitRef(refOf('a:b/c', 12)), { node: 'a:b/c', index: 12 });
  assert.equal(nodeOf(refOf('a:b/c', 12)), 'a:b/c');
});
