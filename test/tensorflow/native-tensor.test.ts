import assert from 'node:assert/strict';
import test from 'node:test';
import type { DType, TypedArray } from '../../lib/src/tensorflow/dtypes';
import { NativeTensor } from '../../lib/src/tensorflow/native-tensor';

const VALUES: Partial<Record<DType, TypedArray>> = {
  float32: Float32Array.of(1.5, -2, Number.NaN, Number.POSITIVE_INFINITY),
  float64: Float64Array.of(Math.PI, -0, 5e-324, 1),
  int32: Int32Array.of(-(2 ** 31), 2 ** 31 - 1, 0, 7),
  uint8: Uint8Array.of(0, 1, 128, 255),
  int64: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n, 0n, 7n),
  bool: Uint8Array.of(0, 1, 1, 0),
  float16: Uint16Array.of(0x3c00, 0, 1, 0xffff),
  bfloat16: Uint16Array.of(0x3f80, 0, 1, 0xffff),
};

test('values come back as they were written, of every type', () => {
  for (const [dtype, values] of Object.entries(VALUES) as [DType, TypedArray][]) {
    const tensor = NativeTensor.of({ dtype, shape: [2, 2] }, values);
    assert.deepEqual(tensor.read(), values, dtype);
    assert.deepEqual(tensor.spec, { dtype, shape: [2, 2] });
    tensor.dispose();
  }
});

test('what was read is a copy', () => {
  const tensor = NativeTensor.of({ dtype: 'float32', shape: [2] }, Float32Array.of(1, 2));
  const values = tensor.read();
  tensor.write(Float32Array.of(3, 4));
  assert.deepEqual([...values], [1, 2]);
  tensor.dispose();
  assert.deepEqual([...values], [1, 2]);
});

test('a view is the tensor itself', () => {
  const tensor = NativeTensor.of({ dtype: 'int32', shape: [3] }, Int32Array.of(1, 2, 3));
  const view = tensor.view();
  view[1] = 20;
  assert.deepEqual([...tensor.read()], [1, 20, 3]);
  tensor.write(Int32Array.of(4, 5, 6));
  assert.deepEqual([...view], [4, 5, 6]);
  tensor.dispose();
});

test('a scalar, and a tensor without elements', () => {
  const scalar = NativeTensor.of({ dtype: 'float32', shape: [] }, Float32Array.of(7));
  const empty = NativeTensor.of({ dtype: 'float32', shape: [3, 0] }, new Float32Array(0));
  assert.deepEqual([[...scalar.read()], [...empty.read()]], [[7], []]);
  for (const each of [scalar, empty]) each.dispose();
});

test('part of a larger array is written from where it begins', () => {
  const tensor = NativeTensor.of({ dtype: 'uint8', shape: [2] }, Uint8Array.of(1, 2, 3, 4).subarray(2));
  assert.deepEqual([...tensor.read()], [3, 4]);
  tensor.dispose();
});

test('values of another size are refused', () => {
  const tensor = NativeTensor.allocate({ dtype: 'float32', shape: [2, 2] });
  const message = 'invalid values; float32[2,2] needs 16 bytes: 12';
  assert.throws(() => tensor.write(Float32Array.of(1, 2, 3)), { name: 'RangeError', message });
  tensor.dispose();
});

test('a disposed tensor has no pointer any more; disposing it again does nothing', () => {
  const tensor = NativeTensor.allocate({ dtype: 'float32', shape: [2] });
  tensor.dispose();
  tensor.dispose();
  for (const use of [
    () => tensor.pointer,
    () => tensor.read(),
    () => tensor.view(),
    () => tensor.write(new Float32Array(2)),
  ]) {
    assert.throws(use, { message: 'cannot use a native tensor after its disposal' });
  }
});
