/**
 * The members of TensorFlow.js's engine and native backend that its types leave out, and that this library builds on: every
 * kernel of tfjs-node ends in `executeSingleOutput` or `executeMultipleOutputs`, and every reading in `readSync`.
 *
 * Source: tfjs-node 4.22.0, nodejs_kernel_backend.ts; tfjs-core 4.22.0, engine.ts.
 */
import type { DataType, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import type { Attr } from './attributes';
import { dtypeCode, dtypeOf, type TypedArray } from './dtypes';
import { tf } from './load';

/** The key under which a backend keeps a tensor's values; several tensors may share one. */
export type DataId = object;

export interface TensorInfo {
  readonly dataId: DataId;
  readonly shape: number[];
  readonly dtype: DataType;
}

/** An attribute as tfjs-node's kernels give it; `type` is one of the binding's `TF_ATTR_...`. */
export interface OpAttr {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** What the backend knows of one data id. Of `values` and `id` one is set: values are uploaded when an op first needs them. */
export interface TensorData {
  shape: number[];
  /** TensorFlow's number of the type. */
  dtype: number;
  id: number;
  values: TypedArray | null;
  refCount: number;
}

export interface NativeBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: {
    readonly TF_Version: string;
    tensorDataSync(id: number): TypedArray;
    readonly [constant: string]: unknown;
  };
  readonly tensorMap: {
    get(dataId: DataId): TensorData;
    has(dataId: DataId): boolean;
    set(dataId: DataId, data: TensorData): void;
  };
  executeSingleOutput(op: string, attrs: OpAttr[], inputs: TensorInfo[]): Tensor;
  executeMultipleOutputs(op: string, attrs: OpAttr[], inputs: TensorInfo[], outputs: number): Tensor[];
  readSync(dataId: DataId): TypedArray;
  read(dataId: DataId): Promise<TypedArray>;
}

export interface Engine {
  readonly registeredVariables: { readonly [name: string]: Variable };
  makeVariable(initial: Tensor, trainable?: boolean, name?: string, dtype?: DataType): Variable;
  makeTensorFromTensorInfo(info: TensorInfo): Tensor;
  addTapeNode(...args: unknown[]): void;
  readonly state: { readonly activeTape: { gradient?: (dys: unknown) => Record<string, () => Tensor> }[] };
}

export function nativeBackend(): NativeBackend {
  return tf.backend() as unknown as NativeBackend;
}

export function engine(): Engine {
  return tf.engine() as unknown as Engine;
}

/** An attribute as plain data, with its kind by name. */
export function attrOf({ binding }: NativeBackend, { name, type, value }: OpAttr): Attr {
  switch (type) {
    case binding.TF_ATTR_STRING:
      return { string: value as string };
    case binding.TF_ATTR_INT:
      return Array.isArray(value) ? { ints: value } : { int: value as number };
    case binding.TF_ATTR_FLOAT:
      return Array.isArray(value) ? { floats: value } : { float: value as number };
    case binding.TF_ATTR_BOOL:
      return Array.isArray(value) ? { bools: value } : { bool: value as boolean };
    case binding.TF_ATTR_TYPE:
      return { type: dtypeOf(value as number) };
    case binding.TF_ATTR_SHAPE:
      return { shape: value as number[] };
    default:
      throw new TypeError(`cannot record the attribute ${name}; its kind ${type} has no row in backend.ts`);
  }
}

/** As {@link attrOf}, the other way round. */
export function opAttrOf({ binding }: NativeBackend, name: string, attr: Attr): OpAttr {
  const as = (kind: string, value: unknown) => ({ name, type: binding[`TF_ATTR_${kind}`] as number, value });
  if ('string' in attr) return as('STRING', attr.string);
  if ('int' in attr) return as('INT', attr.int);
  if ('ints' in attr) return as('INT', attr.ints);
  if ('float' in attr) return as('FLOAT', attr.float);
  if ('floats' in attr) return as('FLOAT', attr.floats);
  if ('bool' in attr) return as('BOOL', attr.bool);
  if ('bools' in attr) return as('BOOL', attr.bools);
  if ('type' in attr) return as('TYPE', dtypeCode(attr.type));
  if ('shape' in attr) return as('SHAPE', attr.shape);
  throw new TypeError(
    `cannot run an operation; its attribute ${name} is a tensor, which tfjs-node has no kind for`,
  );
}
