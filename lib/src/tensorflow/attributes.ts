import { type CApi, cApi, checked, type Pointer } from './c-api';
import { type DType, dtypeCode, type TensorSpec, type TypedArray } from './dtypes';
import { NativeTensor } from './native-tensor';

/** One attribute of an operation, as plain data. */
export type Attr =
  | { readonly type: DType }
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly bool: boolean }
  | { readonly bools: readonly boolean[] }
  | { readonly string: string }
  | { readonly shape: readonly number[] }
  | { readonly tensor: TensorSpec & { readonly values: TypedArray } };

type Setters = {
  [Kind in Attr extends infer A ? (A extends Attr ? keyof A : never) : never]: (
    api: CApi,
    description: Pointer,
    name: string,
    // biome-ignore lint/suspicious/noExplicitAny: each kind's own value, as Attr has it
    value: any,
  ) => void;
};

const SETTERS: Setters = {
  type: (api, op, name, dtype: DType) => api.TF_SetAttrType(op, name, dtypeCode(dtype)),
  int: (api, op, name, value: number) => api.TF_SetAttrInt(op, name, value),
  ints: (api, op, name, values: number[]) =>
    api.TF_SetAttrIntList(op, name, BigInt64Array.from(values, BigInt), values.length),
  float: (api, op, name, value: number) => api.TF_SetAttrFloat(op, name, value),
  floats: (api, op, name, values: number[]) =>
    api.TF_SetAttrFloatList(op, name, Float32Array.from(values), values.length),
  bool: (api, op, name, value: boolean) => api.TF_SetAttrBool(op, name, Number(value)),
  bools: (api, op, name, values: boolean[]) =>
    api.TF_SetAttrBoolList(op, name, Uint8Array.from(values, Number), values.length),
  string: (api, op, name, value: string) => api.TF_SetAttrString(op, name, value, Buffer.byteLength(value)),
  shape: (api, op, name, shape: number[]) =>
    api.TF_SetAttrShape(op, name, BigInt64Array.from(shape, BigInt), shape.length),
  tensor: (api, op, name, { values, ...spec }: TensorSpec & { values: TypedArray }) => {
    const tensor = NativeTensor.of(spec, values); // the operation takes a reference of its own
    try {
      checked(`set ${name}`, (status) => api.TF_SetAttrTensor(op, name, tensor.pointer, status));
    } finally {
      tensor.dispose();
    }
  },
};

/** Gives the operation that `description` will become one attribute. */
export function setAttribute(description: Pointer, name: string, attr: Attr): void {
  const [kind, value] = Object.entries(attr)[0] as [keyof Setters, unknown];
  SETTERS[kind](cApi(), description, name, value);
}
