import type { Attr } from '../tensorflow/attributes';
import { type GraphNode, type Ref, refOf } from './graph';
import { type Rewritten, type Source, specOf, type Users } from './rule';

/**
 * Batch norm at inference is a multiplication and an addition a channel, which the convolution before it can do on the side, with
 * another kernel and bias:
 *
 *     scale = gamma / sqrt(variance + epsilon)
 *     y = conv(x, kernel * scale) + (beta + (bias - mean) * scale)
 *
 * The kernel is multiplied at every call, so that the graph follows its variables: that is a pass over the kernel instead of one over
 * the images. It applies where nobody else takes what the convolution puts out.
 */
export function foldBatchNorm(node: GraphNode, source: Source, users: Users): Rewritten | undefined {
  const { op, attrs, inputs } = node;
  if (op !== 'FusedBatchNorm' || !('bool' in attrs.is_training) || attrs.is_training.bool) return undefined;
  const [x, gamma, beta, mean, variance] = inputs;
  const above = source(x);
  const [convolved, bias] = above.op === 'BiasAdd' ? above.inputs : [x, undefined];
  const conv = source(convolved);
  if (conv.op !== 'Conv2D' || users(x) !== 1 || users(convolved) !== 1) return undefined;

  const before: GraphNode[] = [];
  const add = (
    name: string,
    op: string,
    inputs: readonly Ref[],
    like: Ref,
    attrs: Record<string, Attr> = {},
  ): Ref => {
    const folded = `${node.name}/${name}`;
    const outputs = [specOf(like, (ref) => before.find((made) => refOf(made.name) === ref) ?? source(ref))];
    before.push({ name: folded, op, inputs, after: [], attrs, outputs, layer: node.layer });
    return refOf(folded);
  };
  const epsilon = 'float' in attrs.epsilon ? attrs.epsilon.float : 0;
  const tensor = { dtype: 'float32', shape: [], values: Float32Array.of(epsilon) } as const;
  before.push({
    ...{ name: `${node.name}/epsilon`, op: 'Const', inputs: [], after: [], layer: node.layer },
    attrs: { dtype: { type: 'float32' }, value: { tensor } },
    outputs: [{ dtype: 'float32', shape: [] }],
  });
  const spread = add('spread', 'AddV2', [variance, refOf(`${node.name}/epsilon`)], variance);
  const scale = add('scale', 'Mul', [add('inverse', 'Rsqrt', [spread], variance), gamma], variance);
  const kernel = add('kernel', 'Mul', [conv.inputs[1], scale], conv.inputs[1]);
  const centre =
    bias === undefined ? add('centre', 'Neg', [mean], mean) : add('centre', 'Sub', [bias, mean], mean);
  const shift = add('shift', 'AddV2', [beta, add('moved', 'Mul', [centre, scale], mean)], mean);
  const y = add('Conv2D', 'Conv2D', [conv.inputs[0], kernel], convolved, conv.attrs);
  const outputs = node.outputs.slice(0, 1);
  return {
    before,
    node: { op: 'BiasAdd', inputs: [y, shift], attrs: { data_format: { string: 'NHWC' } }, outputs },
  };
}
