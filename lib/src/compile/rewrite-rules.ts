/**
 * What TensorFlow.js writes in several operations, or in another way than TensorFlow's Python does, as TensorFlow's optimiser knows
 * it. A rule looks at one node and at the nodes before it, as they are by then.
 */
import { type DType, sizeOf, type TensorSpec } from '../tensorflow/dtypes';
import { foldBatchNorm } from './fold-batch-norm';
import { type GraphNode, type Ref, refOf } from './graph';
import { type Rewritten, type Rule, type Source, specOf } from './rule';

export const RULES: readonly Rule[] = [
  ...[matMul, sameShape, biasAdd, foldBatchNorm],
  ...[noBiasBeforeBatchNorm, classFromLogits, castOnce],
];

/** TensorFlow.js multiplies matrices by the operation for batches of them, or as batches of one that it takes off again. */
function matMul(node: GraphNode, source: Source): Rewritten | undefined {
  const isMatrix = ({ shape }: TensorSpec) => shape.length === 2;
  if (node.op === 'BatchMatMulV2') {
    const plain = node.inputs.every((ref) => isMatrix(specOf(ref, source)));
    return plain ? { node: product(node, node.inputs) } : undefined;
  }
  if (node.op !== 'Reshape' || source(node.inputs[0]).op !== 'BatchMatMulV2') return undefined;
  const batched = source(node.inputs[0]);
  const matrices = batched.inputs.map((ref) => (source(ref).op === 'Reshape' ? source(ref).inputs[0] : ref));
  const batchOfOne = (batch: TensorSpec, matrix: TensorSpec) =>
    isMatrix(matrix) && batch.shape.join() === [1, ...matrix.shape].join();
  const ofOne = batched.inputs.every((ref, i) =>
    batchOfOne(specOf(ref, source), specOf(matrices[i], source)),
  );
  const taken = ofOne && batchOfOne(batched.outputs[0], node.outputs[0]);
  return taken ? { node: product(batched, matrices) } : undefined;
}

/** The product of two matrices, transposed as in the product of batches. */
function product({ attrs }: GraphNode, inputs: readonly Ref[]): Partial<GraphNode> {
  return { op: 'MatMul', inputs, attrs: { transpose_a: attrs.adj_x, transpose_b: attrs.adj_y } };
}

/** A reshaping to the shape that the tensor has. */
function sameShape(node: GraphNode, source: Source): Rewritten | undefined {
  const [x] = node.inputs;
  if (node.op !== 'Reshape' || specOf(x, source).shape.join() !== node.outputs[0].shape.join())
    return undefined;
  return { sameAs: x };
}

/** The bias of a layer is an operation of its own in TensorFlow, which it fuses with the convolution before it. */
function biasAdd(node: GraphNode, source: Source): Rewritten | undefined {
  if (node.op !== 'Add' && node.op !== 'AddV2') return undefined;
  const [x, bias] = node.inputs;
  const channels = specOf(x, source).shape.at(-1);
  const isBias =
    source(bias).op === 'ReadVariableOp' && source(bias).outputs[0].shape.join() === `${channels}`;
  if (!isBias || !['Conv2D', 'MatMul'].includes(source(x).op)) return undefined;
  return { node: { op: 'BiasAdd', attrs: { data_format: { string: 'NHWC' } } } };
}

/**
 * Batch norm in training subtracts the mean of what it gets. A bias before it therefore has no effect, and its gradient, the sum
 * over batch norm's, is 0; computed, it would be rounding noise.
 */
function noBiasBeforeBatchNorm(node: GraphNode, source: Source): Rewritten | undefined {
  if (node.op !== 'Sum') return undefined;
  const [x, axes] = node.inputs;
  const norm = source(x);
  const isTraining =
    'is_training' in norm.attrs && 'bool' in norm.attrs.is_training && norm.attrs.is_training.bool;
  if (norm.op !== 'FusedBatchNormGradV3' || !isTraining || x !== refOf(norm.name)) return undefined;
  const { value } = source(axes).attrs;
  const overBatchHeightWidth = value && 'tensor' in value && [...value.tensor.values].join() === '0,1,2';
  if (!overBatchHeightWidth) return undefined;
  const [spec] = node.outputs;
  const tensor = { ...spec, values: new Float32Array(sizeOf(spec.shape)) };
  return { node: { op: 'Const', inputs: [], attrs: { dtype: { type: spec.dtype }, value: { tensor } } } };
}

/** Bytes become floats at once: TensorFlow.js sees bytes as int32, and casts twice. A cast to the same type is none. */
function castOnce(node: GraphNode, source: Source): Rewritten | undefined {
  if (node.op !== 'Cast') return undefined;
  const [x] = node.inputs;
  const between: DType = specOf(x, source).dtype;
  if (between === node.outputs[0].dtype) return { sameAs: x };
  const before = source(x);
  const holdsEveryByte = between === 'int32' || between === 'float32';
  if (before.op !== 'Cast' || !holdsEveryByte || specOf(before.inputs[0], source).dtype !== 'uint8')
    return undefined;
  return { node: { inputs: before.inputs } };
}

/** The most probable class is that of the highest logit: a softmax that only the accuracy looks at need not be computed. */
function classFromLogits(node: GraphNode, source: Source): Rewritten | undefined {
  if (node.op !== 'ArgMax') return undefined;
  const [x, axis] = node.inputs;
  const softmax = source(x);
  const { value } = source(axis).attrs;
  const last = softmax.outputs[0].shape.length - 1;
  const alongClasses = value && 'tensor' in value && [-1, last].includes(Number(value.tensor.values[0]));
  return softmax.op === 'Softmax' && alongClasses
    ? { node: { inputs: [softmax.inputs[0], axis] } }
    : undefined;
}
