import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { printGraph } from '../../lib/src/compile/print-graph';
import { tf } from '../../lib/src/tensorflow/load';
import { variable } from './compared';

test('a graph as text: inputs, variables, nodes with what says more than the types, results and effects', async () => {
  const [sum, weight] = [
    variable([0, 0], { name: 'sum' }),
    variable(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      { name: 'weight' },
    ),
  ];
  const step = compile((x: Tensor2D) => {
    sum.assign(sum.add(x.sum(1)));
    return x.mul(weight).pad([
      [0, 0],
      [1, 0],
    ]);
  });
  const x = tf.ones([2, 3]);
  tf.dispose(await step(x as Tensor2D));
  assert.equal(
    printGraph(step.graph!),
    `
inputs (1)
  input: float32[2,3]
variables (2)
  sum: float32[2] at VarHandleOp, written
  weight: float32[2,3] at VarHandleOp_1, read
nodes (13)
  input: float32[2,3] = Placeholder() shape=[2,3]
  Const: int32[1] = Const() value=[1]
  Sum: float32[2] = Sum(input:0, Const:0) keep_dims=false
  VarHandleOp: resource[] = VarHandleOp() shape=[2] shared_name="sum"
  ReadVariableOp: float32[2] = ReadVariableOp(VarHandleOp:0)
  Add: float32[2] = Add(ReadVariableOp:0, Sum:0)
  VarHandleOp_1: resource[] = VarHandleOp() shape=[2,3] shared_name="weight"
  ReadVariableOp_1: float32[2,3] = ReadVariableOp(VarHandleOp_1:0)
  Mul: float32[2,3] = Mul(input:0, ReadVariableOp_1:0)
  Const_1: int32[2,2] = Const() value=[0, 0, 1, 0]
  Const_2: float32[] = Const() value=[0]
  PadV2: float32[2,4] = PadV2(Mul:0, Const_1:0, Const_2:0)
  AssignVariableOp: nothing = AssignVariableOp(VarHandleOp:0, Add:0) after ReadVariableOp
results (1)
  PadV2:0
effects (1)
  AssignVariableOp`.trimStart(),
  );
  step.dispose();
  tf.dispose([x, sum, weight]);
});

test('long constants show their first values, and a section without lines is left out', async () => {
  const long = compile(() => tf.tensor1d([0, 1, 2, 3, 4, 5, 6, 7, 8]));
  tf.dispose(await long());
  assert.equal(
    printGraph(long.graph!),
    'nodes (1)\n  Const: float32[9] = Const() value=[0, 1, 2, 3, ... 9 in all]\nresults (1)\n  Const:0',
  );
  long.dispose();
});
