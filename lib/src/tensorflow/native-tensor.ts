import { cApi, type Pointer } from './c-api';
import {
  arrayOver,
  byteLength,
  dtypeCode,
  dtypeOf,
  specText,
  type TensorSpec,
  type TypedArray,
} from './dtypes';
import { koffi } from './koffi';

/** Frees what a program forgot to dispose; it does not run while the object can still be reached. */
const forgotten = new FinalizationRegistry((pointer: Pointer) => cApi().TF_DeleteTensor(pointer));

/**
 * Memory that TensorFlow allocated for one tensor, owned by this object: `dispose()` frees it, and nothing can be read from it
 * or fed to a graph afterwards.
 */
export class NativeTensor {
  #pointer: Pointer | undefined;

  private constructor(
    readonly spec: TensorSpec,
    pointer: Pointer,
  ) {
    this.#pointer = pointer;
    forgotten.register(this, pointer, this);
  }

  /** Of the given type and shape, its values undefined. */
  static allocate(spec: TensorSpec): NativeTensor {
    const { dtype, shape } = spec;
    const dims = BigInt64Array.from(shape, BigInt);
    const bytes = byteLength(spec);
    const pointer = cApi().TF_AllocateTensor(dtypeCode(dtype), dims, dims.length, bytes);
    if (!pointer) throw new RangeError(`cannot allocate ${bytes} bytes for ${specText(spec)}`);
    return new NativeTensor(spec, pointer);
  }

  /** A copy of `values`, which are in row-major order. */
  static of(spec: TensorSpec, values: TypedArray): NativeTensor {
    const tensor = NativeTensor.allocate(spec);
    tensor.write(values);
    return tensor;
  }

  /** Takes over a tensor that TensorFlow returned. */
  static adopt(pointer: Pointer): NativeTensor {
    const api = cApi();
    const shape = Array.from({ length: api.TF_NumDims(pointer) }, (_, axis) =>
      Number(api.TF_Dim(pointer, axis)),
    );
    return new NativeTensor({ dtype: dtypeOf(api.TF_TensorType(pointer)), shape }, pointer);
  }

  /** @throws Error after `dispose()` */
  get pointer(): Pointer {
    if (this.#pointer === undefined) throw new Error('cannot use a native tensor after its disposal');
    return this.#pointer;
  }

  /** @throws RangeError when `values` are not as many bytes as the tensor has */
  write(values: TypedArray): void {
    const bytes = byteLength(this.spec);
    if (values.byteLength !== bytes) {
      throw new RangeError(
        `invalid values; ${specText(this.spec)} needs ${bytes} bytes: ${values.byteLength}`,
      );
    }
    const api = cApi();
    if (bytes > 0) api.copyIn(api.TF_TensorData(this.pointer), values, bytes);
  }

  /** A copy of the values. Booleans are the bytes 0 and 1. */
  read(): TypedArray {
    const values = arrayOver(this.spec.dtype, new ArrayBuffer(byteLength(this.spec)));
    const api = cApi();
    if (values.byteLength > 0) api.copyOut(values, api.TF_TensorData(this.pointer), values.byteLength);
    return values;
  }

  /**
   * The tensor's own memory as an array, to be filled in place again and again. It must not be touched after `dispose()`.
   *
   * For tensors that live long: each view is a small allocation of its own, and many of them among short-lived tensors would
   * leave the process's memory full of holes (128 kB for each of 20,000 tensors, 2.5 GB, when it was tried).
   */
  view(): TypedArray {
    const memory = koffi.view(cApi().TF_TensorData(this.pointer), byteLength(this.spec));
    return arrayOver(this.spec.dtype, memory);
  }

  /** A second call does nothing. */
  dispose(): void {
    if (this.#pointer === undefined) return;
    forgotten.unregister(this);
    cApi().TF_DeleteTensor(this.#pointer);
    this.#pointer = undefined;
  }
}
