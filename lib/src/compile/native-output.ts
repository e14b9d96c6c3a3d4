import type { TfOutput } from '../tensorflow/c-api';
import type { NativeOperation } from '../tensorflow/native-graph';
import { type Ref, splitRef } from './graph';

/** The output that a reference names, where every node of the graph has an operation. */
export function nativeOutput(operations: ReadonlyMap<string, NativeOperation>, ref: Ref): TfOutput {
  const { node, index } = splitRef(ref);
  return { oper: operations.get(node)!.pointer, index };
}
