import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { Attr } from '../tensorflow/attributes';
import { nativeBackend, opAttrOf } from '../tensorflow/backend';

/**
 * Runs an operation of TensorFlow that TensorFlow.js has no function for; in a recording it becomes a node like any other. It has
 * no gradient of its own: call it inside `tf.customGrad`. The caller disposes the outputs.
 */
export function nativeOp(
  op: string,
  inputs: readonly Tensor[],
  attrs: Readonly<Record<string, Attr>>,
  outputs: number,
): Tensor[] {
  const backend = nativeBackend();
  const list = Object.entries(attrs).map(([name, attr]) => opAttrOf(backend, name, attr));
  return backend.executeMultipleOutputs(op, list, [...inputs], outputs);
}
