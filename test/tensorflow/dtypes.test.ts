import assert from 'node:assert/strict';
import test from 'node:test';
import { nativeBackend } from '../../lib/src/tensorflow/backend';
import {
  arrayOver,
  byteLength,
  canBeFed,
  type DType,
  dtypeCode,
  dtypeOf,
  sizeOf,
  specText,
} from '../../lib/src/tensorflow/dtypes';

const ALL: DType[] = [
  'float32',
  'float64',
  'int32',
  'uint8',
  'string',
  'complex64',
  'int64',
  'bool',
  'bfloat16',
  'float16',
  'resource',
];

test('a type and its number belong together', () => {
  for (const dtype of ALL) assert.equal(dtypeOf(dtypeCode(dtype)), dtype);
  assert.equal(new Set(ALL.map(dtypeCode)).size, ALL.length);
});

test('the numbers are those of the addon', () => {
  const { binding } = nativeBackend();
  const names = {
    float32: 'FLOAT',
    int32: 'INT32',
    bool: 'BOOL',
    int64: 'INT64',
    complex64: 'COMPLEX64',
    string: 'STRING',
    resource: 'RESOURCE',
  };
  for (const [dtype, name] of Object.entries(names))
    assert.equal(dtypeCode(dtype as DType), binding[`TF_${name}`], dtype);
});

test('an unknown number is refused, with those that are known', () => {
  assert.throws(() => dtypeOf(99), {
    name: 'TypeError',
    message: 'unknown element type; not one of 1, 2, 3, 4, 7, 8, 9, 10, 14, 19, 20: 99',
  });
});

test('sizes and bytes', () => {
  assert.deepEqual([[], [3], [2, 3, 4], [5, 0]].map(sizeOf), [1, 3, 24, 0]);
  const bytes = (dtype: DType) => byteLength({ dtype, shape: [2, 3] });
  assert.deepEqual(ALL.map(bytes), [24, 48, 24, 6, 0, 48, 48, 6, 12, 12, 0]);
});

test('values of every type but three can cross', () => {
  assert.deepEqual(
    ALL.filter((dtype) => !canBeFed(dtype)),
    ['string', 'complex64', 'resource'],
  );
});

test("an array over a buffer is of the type's own kind", () => {
  const kinds = ALL.filter(canBeFed).map((dtype) => arrayOver(dtype, new ArrayBuffer(16)).constructor.name);
  assert.deepEqual(kinds, [
    'Float32Array',
    'Float64Array',
    'Int32Array',
    'Uint8Array',
    'BigInt64Array',
    'Uint8Array',
    'Uint16Array',
    'Uint16Array',
  ]);
  assert.throws(() => arrayOver('string', new ArrayBuffer(0)), {
    name: 'TypeError',
    message: 'cannot hold string values in a JavaScript array',
  });
});

test('a spec in words', () => {
  assert.equal(specText({ dtype: 'float32', shape: [32, 10] }), 'float32[32,10]');
  assert.equal(specText({ dtype: 'bool', shape: [] }), 'bool[]');
});
