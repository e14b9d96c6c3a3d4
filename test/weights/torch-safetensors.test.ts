import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readSafetensors } from '../../lib/src/weights/torch-safetensors';
import { temporaryFolder } from '../temporary-folder';

/** A file with this header, as JSON or as text, and these values. */
function fileOf(header: unknown, values: ArrayBufferView = Buffer.alloc(0)): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.from(values.buffer, values.byteOffset, values.byteLength)]);
}

/** What is read of a file with these bytes: shape and values by name. */
function read(file: string, bytes: Uint8Array): Record<string, [shape: readonly number[], values: number[]]> {
  fs.writeFileSync(file, bytes);
  return readSafetensors(file, (tensors) =>
    Object.fromEntries([...tensors].map(([name, { shape, values }]) => [name, [shape, [...values]]])),
  );
}

const entry = (dtype: string, shape: number[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

test('float32, float16, bfloat16 and float64 become float32', (t) => {
  const file = path.join(temporaryFolder(t), 'a.safetensors');
  const values = Buffer.concat(
    [
      new Float64Array([0.1]),
      new Float32Array([1.5, -0]),
      // 1, -2, largest, smallest normal, largest subnormal, smallest subnormal, -0, infinities, NaN: IEEE 754's binary16
      new Uint16Array([0x3c00, 0xc000, 0x7bff, 0x0400, 0x03ff, 0x0001, 0x8000, 0x7c00, 0xfc00, 0x7e00]),
      new Uint16Array([0x3f80, 0xc049, 0x0001, 0x8000, 0xff80]),
    ].map(({ buffer }) => Buffer.from(buffer)),
  );
  const header = {
    __metadata__: { format: 'pt' },
    f64: entry('F64', [], 0, 8),
    f32: entry('F32', [2, 1], 8, 16),
    f16: entry('F16', [10], 16, 36),
    bf16: entry('BF16', [5], 36, 46),
    nothing: entry('F32', [0, 3], 46, 46),
  };
  assert.deepEqual(read(file, fileOf(header, values)), {
    f64: [[], [Math.fround(0.1)]],
    f32: [
      [2, 1],
      [1.5, -0],
    ],
    f16: [[10], [1, -2, 65504, 2 ** -14, 1023 * 2 ** -24, 2 ** -24, -0, Infinity, -Infinity, Number.NaN]],
    bf16: [[5], [1, -3.140625, 2 ** -133, -0, -Infinity]],
    nothing: [[0, 3], []],
  });
});

test('a tensor of another type has a name and a shape, and throws when its values are asked for', (t) => {
  const file = path.join(temporaryFolder(t), 'a.safetensors');
  fs.writeFileSync(file, fileOf({ 'bn1.num_batches_tracked': entry('I64', [], 0, 8) }, Buffer.alloc(8)));
  readSafetensors(file, (tensors) => {
    const tensor = tensors.get('bn1.num_batches_tracked')!;
    assert.deepEqual(tensor.shape, []);
    assert.throws(() => tensor.values, {
      message:
        `cannot read ${file}; invalid safetensors; bn1.num_batches_tracked is not of type F32, F16, BF16, F64: I64; ` +
        "write it with Python's safetensors.torch.save_file(net.state_dict(), file)",
    });
  });
});

test('values are read when they are asked for, from a file of any size', (t) => {
  const file = path.join(temporaryFolder(t), 'a.safetensors');
  const size = 10 ** 11; // bytes; the file has a hole, and takes a few blocks of the disk
  const small = entry('F32', [1], size, size + 4);
  const start = fileOf({ large: entry('F32', [size / 4], 0, size), small });
  fs.writeFileSync(file, start);
  fs.truncateSync(file, start.length + size);
  fs.appendFileSync(file, new Uint8Array(new Float32Array([2.5]).buffer));
  readSafetensors(file, (tensors) => {
    assert.deepEqual(tensors.get('large')!.shape, [size / 4]);
    assert.deepEqual([...tensors.get('small')!.values], [2.5]);
  });
});

test('a file that breaks a rule of the format is refused with the rule and a remedy', (t) => {
  const file = path.join(temporaryFolder(t), 'a.safetensors');
  const refused = (bytes: Uint8Array, rule: string) =>
    assert.throws(() => read(file, bytes), {
      message:
        `cannot read ${file}; invalid safetensors; ${rule}; ` +
        "write it with Python's safetensors.torch.save_file(net.state_dict(), file)",
    });
  const one = (more: object, bytes = 4) =>
    fileOf({ a: { ...entry('F32', [1], 0, 4), ...more } }, Buffer.alloc(bytes));
  const claims = (length: bigint) => {
    const bytes = fileOf('{}');
    bytes.writeBigUInt64LE(length);
    return bytes;
  };
  assert.deepEqual(read(file, one({})), { a: [[1], [0]] });

  refused(Buffer.alloc(7), 'at least 8 bytes are needed: 7');
  refused(claims(10_000_001n), 'the header may have at most 10000000 bytes: 10000001');
  refused(
    Buffer.from('PK\x03\x04 and so on: what torch.save writes'),
    'the header may have at most 10000000 bytes: 7236828441365138256',
  );
  refused(claims(3n), 'the file ends before its header: 10 of 11 bytes');
  refused(fileOf(' {}'), 'the header must begin with {: 32');
  refused(fileOf('[]'), 'the header must begin with {: 91');
  refused(fileOf('{"a": }'), 'the header must be JSON: it is not');
  refused(fileOf({ a: null }), 'the type of a is no name: undefined');
  refused(one({ shape: [-1] }), 'the shape of a is no list of sizes: [-1]');
  refused(one({ data_offsets: [0] }), 'the offsets of a are not two places: [0]');
  refused(one({ data_offsets: [4, 0] }), "the values of a must lie in the file's 4 bytes: 4 to 0");
  refused(one({}, 3), "the values of a must lie in the file's 3 bytes: 0 to 4");
  refused(one({ shape: [2] }), 'a of shape [2] needs 8 bytes: 4');
  refused(one({}, 5), "the values must have the file's other 5 bytes: 4");
  const twice = `{"a":${JSON.stringify(entry('F32', [1], 0, 4))},"a":${JSON.stringify(entry('F32', [1], 4, 8))}}`;
  refused(fileOf(twice, Buffer.alloc(8)), "the values must have the file's other 8 bytes: 4");
});

test('no truncation and no flipped bit of a file leads to anything but tensors or a refusal', (t) => {
  const file = path.join(temporaryFolder(t), 'a.safetensors');
  const bytes = fileOf(
    { __metadata__: { format: 'pt' }, a: entry('F32', [2, 1], 0, 8), b: entry('F16', [], 8, 10) },
    new Uint8Array(10),
  );
  const isRead = (bytes: Uint8Array) => {
    try {
      read(file, bytes);
      return true;
    } catch (error) {
      assert.match((error as Error).message, /^cannot read .*; invalid safetensors; /);
      return false;
    }
  };
  for (let length = 0; length < bytes.length; length++) {
    assert.equal(isRead(bytes.subarray(0, length)), false, `of ${length} bytes`);
  }
  let count = 0;
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    bytes[bit >> 3] ^= 1 << (bit & 7);
    if (isRead(bytes)) count++;
    bytes[bit >> 3] ^= 1 << (bit & 7);
  }
  assert.ok(count >= 10 * 8, 'a bit of a value is no fault of the format');
});

test('the file is closed, however its use ends', (t) => {
  const file = path.join(temporaryFolder(t), 'a.safetensors');
  fs.writeFileSync(file, fileOf({ a: entry('F32', [1], 0, 4) }, new Float32Array([1])));
  const open = () => fs.readdirSync('/proc/self/fd').length;
  const before = open();
  const tensor = readSafetensors(file, (tensors) => tensors.get('a')!);
  assert.throws(() => readSafetensors(file, () => assert.fail('in use')), { message: 'in use' });
  assert.equal(open(), before);
  assert.throws(() => tensor.values, { code: 'EBADF' });
});
