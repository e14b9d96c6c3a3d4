/** The element types of native tensors: TensorFlow's number for each, and the JavaScript array that holds its values. */

export type DType =
  | 'float32'
  | 'float64'
  | 'int32'
  | 'uint8'
  | 'int64'
  | 'bool'
  | 'float16'
  | 'bfloat16'
  | 'complex64'
  | 'string'
  | 'resource';

/** Values of one native tensor, in row-major order. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array | BigInt64Array | Uint16Array;

/** Element type and shape of one tensor; every size is known. */
export interface TensorSpec {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

type ArrayType = new (buffer: ArrayBufferLike, offset?: number, length?: number) => TypedArray;

/** `code`: the enum TF_DataType of tensorflow/c/tf_datatype.h. `array`: undefined where JavaScript cannot hold the values. */
const DTYPES: Record<DType, { code: number; bytes: number; array?: ArrayType }> = {
  float32: { code: 1, bytes: 4, array: Float32Array },
  float64: { code: 2, bytes: 8, array: Float64Array },
  int32: { code: 3, bytes: 4, array: Int32Array },
  uint8: { code: 4, bytes: 1, array: Uint8Array },
  string: { code: 7, bytes: 0 },
  complex64: { code: 8, bytes: 8 },
  int64: { code: 9, bytes: 8, array: BigInt64Array },
  bool: { code: 10, bytes: 1, array: Uint8Array },
  bfloat16: { code: 14, bytes: 2, array: Uint16Array }, // the bits
  float16: { code: 19, bytes: 2, array: Uint16Array }, // the bits
  resource: { code: 20, bytes: 0 },
};

const BY_CODE = new Map(Object.entries(DTYPES).map(([dtype, { code }]) => [code, dtype as DType]));

export function dtypeCode(dtype: DType): number {
  return DTYPES[dtype].code;
}

/** @throws TypeError for a type that this library does not know */
export function dtypeOf(code: number): DType {
  const dtype = BY_CODE.get(code);
  if (dtype === undefined) {
    throw new TypeError(`unknown element type; not one of ${[...BY_CODE.keys()].join(', ')}: ${code}`);
  }
  return dtype;
}

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function byteLength({ dtype, shape }: TensorSpec): number {
  return sizeOf(shape) * DTYPES[dtype].bytes;
}

/** Whether values of the type can cross between JavaScript and a graph. */
export function canBeFed(dtype: DType): boolean {
  return DTYPES[dtype]?.array !== undefined;
}

/** A typed array over a buffer that holds one tensor's values. */
export function arrayOver(dtype: DType, buffer: ArrayBufferLike): TypedArray {
  const { array } = DTYPES[dtype];
  if (array === undefined) throw new TypeError(`cannot hold ${dtype} values in a JavaScript array`);
  return new array(buffer);
}

/** `float32[32,10]`, as the printed graph and errors have it. */
export function specText({ dtype, shape }: TensorSpec): string {
  return `${dtype}[${shape.join(',')}]`;
}
