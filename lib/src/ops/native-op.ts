import type { DataType, Tensor } from '@tensorflow/tfjs-node-gpu';
import { type NativeBackend, nativeBackend, type OpAttr } from '../tensorflow/backend';

/** An attribute of {@link nativeOp}: a type by its name, a number as float or int, a boolean or a text. */
export type NativeAttr =
  | { readonly type: DataType }
  | { readonly float: number }
  | { readonly int: number }
  | { readonly bool: boolean }
  | { readonly text: string };

/**
 * Runs an operation of TensorFlow that TensorFlow.js has no function for; in a recording it becomes a node like any other. It has
 * no gradient of its own: call it inside `tf.customGrad`. The caller disposes the outputs.
 */
export function nativeOp(
  op: string,
  inputs: readonly Tensor[],
  attrs: Readonly<Record<string, NativeAttr>>,
  outputs: number,
): Tensor[] {
  const backend = nativeBackend();
  const list = Object.entries(attrs).map(([name, attr]) => opAttr(backend, name, attr));
  return backend.executeMultipleOutputs(op, list, [...inputs], outputs);
}

function opAttr({ binding }: NativeBackend, name: string, attr: NativeAttr): OpAttr {
  const kind = (type: string) => binding[`TF_ATTR_${type}`] as number;
  if ('type' in attr) return { name, type: kind('TYPE'), value: binding[TYPES[attr.type]!] };
  if ('float' in attr) return { name, type: kind('FLOAT'), value: attr.float };
  if ('int' in attr) return { name, type: kind('INT'), value: attr.int };
  if ('bool' in attr) return { name, type: kind('BOOL'), value: attr.bool };
  return { name, type: kind('STRING'), value: attr.text };
}

const TYPES: Partial<Record<DataType, string>> = { float32: 'TF_FLOAT', int32: 'TF_INT32', bool: 'TF_BOOL' };
