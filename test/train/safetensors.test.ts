import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import {
  decodeSafetensors,
  encodeSafetensors,
  type StoredDType,
  type StoredTensor,
} from '../../lib/src/train/safetensors';

const FIXTURE = path.resolve(__dirname, '../fixtures/python.safetensors');

const encoded = (tensors: ReadonlyMap<string, StoredTensor>) => Buffer.concat(encodeSafetensors(tensors));

/** A file with this header, as JSON or as text, and so many bytes of values. */
function fileOf(header: unknown, bytes = 0): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(bytes)]);
}

const bitsOf = ({ values }: StoredTensor) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);

/** Dtype, shape and bits by name: deepEqual on floats would take every NaN for the same. */
function contents(tensors: ReadonlyMap<string, StoredTensor>) {
  const sorted = [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([name, tensor]) => [name, tensor.dtype, tensor.shape, bitsOf(tensor).toString('hex')]);
}

const ARRAYS = {
  float64: Float64Array,
  float32: Float32Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

/** Any bits at all, also as floats: NaN payloads, subnormals, -0. The values lie somewhere inside their buffer. */
const anyTensor = fc
  .record({
    dtype: fc.constantFrom(...(Object.keys(ARRAYS) as StoredDType[])),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
    before: fc.integer({ min: 0, max: 3 }),
  })
  .chain(({ dtype, shape, before }) => {
    const length = shape.reduce((product, size) => product * size, 1);
    const width = ARRAYS[dtype].BYTES_PER_ELEMENT;
    const bytes = (before + length) * width;
    return fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((bits): StoredTensor => {
      const { buffer } = new Uint8Array(bits);
      return { dtype, shape, values: new ARRAYS[dtype](buffer, before * width, length) };
    });
  });

const anyName = fc.string({ unit: 'binary' }).filter((name) => !['__proto__', '__metadata__'].includes(name));

test('whatever is stored comes back bit by bit', () => {
  const map = fc.uniqueArray(fc.tuple(anyName, anyTensor), { selector: ([name]) => name, maxLength: 6 });
  fc.assert(
    fc.property(map, (entries) => {
      const tensors = new Map(entries);
      assert.deepEqual(contents(decodeSafetensors(encoded(tensors))), contents(tensors));
    }),
    { seed: 7, numRuns: 300 },
  );
});

test('a file that Python has written is read bit by bit', () => {
  const tensors = decodeSafetensors(fs.readFileSync(FIXTURE));
  const found = Object.fromEntries([...tensors].map(([name, { dtype, shape }]) => [name, [dtype, ...shape]]));
  assert.deepEqual(found, {
    f32: ['float32', 2, 2, 2],
    f64: ['float64', 4],
    i32: ['int32', 3, 1],
    u8: ['uint8', 5],
    bool: ['bool', 3],
    scalar: ['float32'],
    nothing: ['float32', 0, 3],
    'größe/0:µ " \\': ['int32', 1],
  });
  const bits32 = new Uint32Array(tensors.get('f32')!.values.buffer);
  const bits64 = new BigUint64Array(tensors.get('f64')!.values.buffer);
  const rest = ['i32', 'u8', 'bool', 'scalar'].map((name) => [...tensors.get(name)!.values].join(' '));
  assert.deepEqual(
    [...bits32],
    [0x3f800000, 0x80000000, 1, 0x007fffff, 0x7f800000, 0xffc12345, 0x7f800001, 0x40490fdb],
  );
  assert.deepEqual([...bits64], [1n << 63n, 1n, 0x7ff8_0000_dead_beefn, 0x3fb999999999999an]);
  assert.deepEqual(rest, ['-2147483648 2147483647 -1', '0 60 120 180 240', '1 0 1', '2.5']);
});

test('what Python wrote and we write again has the same values at the same places', () => {
  const theirs = decodeSafetensors(fs.readFileSync(FIXTURE));
  const valuesOf = (file: Buffer) => file.subarray(8 + Number(file.readBigUInt64LE()));
  assert.deepEqual(valuesOf(encoded(theirs)), valuesOf(fs.readFileSync(FIXTURE)));
});

test('the values start at a multiple of eight, widest type first, whatever order the tensors came in', () => {
  const file = encoded(
    new Map<string, StoredTensor>([
      ['c', { dtype: 'bool', shape: [1], values: new Uint8Array([1]) }],
      ['a', { dtype: 'float32', shape: [], values: new Float32Array([1.5]) }],
      ['b', { dtype: 'float64', shape: [1, 1], values: new Float64Array([-0]) }],
    ]),
  );
  const length = Number(file.readBigUInt64LE());
  assert.equal(length % 8, 0);
  assert.equal(
    file.toString('latin1', 8, 8 + length).trimEnd(),
    '{"b":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[],"data_offsets":[8,12]},' +
      '"c":{"dtype":"BOOL","shape":[1],"data_offsets":[12,13]}}',
  );
  assert.equal(file.subarray(8 + length).toString('hex'), '0000000000000080' + '0000c03f' + '01');
});

test('a tensor that was read owns its memory', () => {
  const file = encoded(
    new Map([['a', { dtype: 'uint8' as const, shape: [2], values: new Uint8Array([1, 2]) }]]),
  );
  const { values } = decodeSafetensors(file).get('a')!;
  file.fill(9);
  assert.deepEqual([...values], [1, 2]);
});

test('tensors that another reader would refuse or take for others are not written', () => {
  const refused = (name: string, tensor: object, message: string) =>
    assert.throws(() => encodeSafetensors(new Map([[name, tensor as StoredTensor]])), {
      name: 'TypeError',
      message,
    });
  const good = { dtype: 'float32', shape: [2], values: new Float32Array(2) };
  const named = (name: string) => `invalid name of a tensor; not one to store: ${JSON.stringify(name)}`;
  for (const name of ['__proto__', '__metadata__', 'half \ud800']) refused(name, good, named(name));
  refused(
    'w',
    { ...good, dtype: 'string' },
    'invalid tensor w; its dtype is not one of float64, float32, int32, uint8, bool: string',
  );
  refused('w', { ...good, shape: [2, -1] }, 'invalid tensor w; its shape is not a list of sizes: [2,-1]');
  refused('w', { ...good, shape: [3] }, 'invalid tensor w; its shape [3] needs 12 bytes: 8');
  refused(
    'w',
    { ...good, values: new Int32Array(2) },
    'invalid tensor w; its values must be in a Float32Array: Int32Array',
  );
});

test('a file that breaks a rule of the format is refused with the rule', () => {
  const refused = (file: Uint8Array, message: string) =>
    assert.throws(() => decodeSafetensors(file), { message: `invalid safetensors; ${message}` });
  const one = (entry: object, bytes = 4) => fileOf({ a: { ...U8, ...entry } }, bytes);
  const U8 = { dtype: 'U8', shape: [4], data_offsets: [0, 4] };
  const claims = (length: bigint) => {
    const file = fileOf('{}');
    file.writeBigUInt64LE(length);
    return file;
  };
  assert.equal(decodeSafetensors(fileOf('{}')).size, 0);
  assert.equal(decodeSafetensors(one({})).size, 1);

  refused(Buffer.alloc(7), 'at least 8 bytes are needed: 7');
  refused(claims(100_000_001n), 'the header may have at most 100000000 bytes: 100000001');
  refused(claims(2n ** 64n - 1n), `the header may have at most 100000000 bytes: ${2n ** 64n - 1n}`);
  refused(claims(3n), 'the file ends before its header: 10 of 11 bytes');
  refused(fileOf(' {}'), 'the header must begin with {: 32');
  refused(fileOf('[]'), 'the header must begin with {: 91');
  refused(fileOf('{"a": }'), 'the header must be JSON: it is not');
  refused(
    Buffer.concat([claims(4n).subarray(0, 8), Buffer.from('{"\xff"', 'latin1')]),
    'the header must be JSON: it is not',
  );
  refused(
    fileOf('{"__proto__": {"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'),
    'a tensor may not have this name: "__proto__"',
  );
  refused(fileOf({ a: null }), 'the dtype of "a" is unknown: undefined');
  refused(one({ dtype: 'BF16' }), 'the dtype of "a" is unknown: "BF16"');
  refused(one({ dtype: 'toString' }), 'the dtype of "a" is unknown: "toString"');
  refused(one({ shape: [4.5] }), 'the shape of "a" is no list of sizes: [4.5]');
  refused(one({ shape: 4 }), 'the shape of "a" is no list of sizes: 4');
  refused(one({ data_offsets: [0, 4, 4] }), 'the offsets of "a" are not two places: [0,4,4]');
  refused(one({ data_offsets: [-4, 0] }), 'the offsets of "a" are not two places: [-4,0]');
  refused(one({ data_offsets: [4, 0] }), 'the values of "a" must lie in the file\'s 4 bytes: 4 to 0');
  refused(one({}, 3), 'the values of "a" must lie in the file\'s 3 bytes: 0 to 4');
  refused(
    one({ shape: [2 ** 31, 2 ** 31, 2 ** 31] }),
    `"a" of shape [${[2 ** 31, 2 ** 31, 2 ** 31]}] needs ${2 ** 93} bytes: 4`,
  );
  refused(one({ dtype: 'F32' }), '"a" of shape [4] needs 16 bytes: 4');
  refused(one({}, 5), 'the values must end where the file ends, at 5: 4');
  refused(one({ data_offsets: [1, 5] }, 5), '"a" must begin where the one before ends, at 0: 1');
  const second = { dtype: 'U8', shape: [4], data_offsets: [2, 6] };
  refused(fileOf({ a: U8, b: second }, 6), '"b" must begin where the one before ends, at 4: 2');
  const twice = `{"a":${JSON.stringify(U8)},"a":${JSON.stringify({ ...U8, data_offsets: [4, 8] })}}`;
  refused(fileOf(twice, 8), '"a" must begin where the one before ends, at 0: 4');
});

test('no truncation and no flipped bit of a file leads to anything but tensors or a refusal', () => {
  const file = fs.readFileSync(FIXTURE);
  const refusedOr = (bytes: Uint8Array) => {
    try {
      return decodeSafetensors(bytes);
    } catch (error) {
      assert.match((error as Error).message, /^invalid safetensors; /);
      return undefined;
    }
  };
  for (let length = 0; length < file.length; length++) {
    assert.equal(refusedOr(file.subarray(0, length)), undefined, `of ${length} bytes`);
  }
  let read = 0;
  for (let bit = 0; bit < file.length * 8; bit++) {
    file[bit >> 3] ^= 1 << (bit & 7);
    if (refusedOr(file)) read++;
    file[bit >> 3] ^= 1 << (bit & 7);
  }
  assert.ok(read >= 92 * 8, 'a bit of a value is no fault of the format: the sums beside the file find it');
});
