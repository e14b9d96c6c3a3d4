import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type H5File, readH5, writeH5 } from '../../lib/src/weights/h5-file';

type Root = Parameters<Parameters<typeof writeH5>[0]>[0];

const shapes = (file: H5File) => file.tensors().map(({ path, shape }) => [path, shape]);

/** Bytes of a file with one float32 tensor of six values. */
function oneTensor(more: Partial<Parameters<Root['create_dataset']>[0]> = {}): Promise<Uint8Array> {
  const data = Float32Array.of(1, -2, 3, -4, 5, -6);
  return writeH5((root) => root.create_dataset({ name: 'kernel', data, shape: [2, 3], ...more }));
}

test('tensors come back by path and shape, and their values by bits', async () => {
  const bits = Uint32Array.of(0x80000000, 1, 0x7f800000, 0xffc12345, 0x40490fdb, 0); // -0, the smallest, infinity, NaN, pi
  const bytes = await writeH5((root) => {
    const group = root.create_group('layers').create_group('dense');
    group.create_dataset({ name: '0', data: new Float32Array(bits.buffer), shape: [1, 3, 2] });
    root.create_dataset({ name: 'scalar', data: Float32Array.of(2.5), shape: [] });
  });
  await readH5(bytes, 'some.h5', (file) => {
    const [scalar, kernel] = file.tensors();
    assert.deepEqual(shapes(file), [
      ['scalar', []],
      ['layers/dense/0', [1, 3, 2]],
    ]);
    assert.deepEqual(scalar.values, Float32Array.of(2.5));
    assert.deepEqual(new Uint32Array(kernel.values.slice().buffer), bits);
  });
});

test('texts are attributes of groups, one or several, of any or of fixed length', async () => {
  const bytes = await writeH5((root) => {
    const group = root.create_group('group');
    group.create_attribute('one', 'größe');
    group.create_attribute('several', ['a', 'bcd']);
    group.create_attribute('fixed', ['ab', 'c'], [2], 'S5');
    group.create_attribute('long', ['x'], [1], 'S2000000');
  });
  await readH5(bytes, 'some.h5', (file) => {
    assert.deepEqual(file.texts('group', 'one'), ['größe']);
    assert.deepEqual(file.texts('group', 'several'), ['a', 'bcd']);
    assert.deepEqual(file.texts('group', 'fixed'), ['ab', 'c']);
    for (const absent of ['long', 'other']) assert.equal(file.texts('group', absent), undefined, absent);
    assert.equal(file.texts('elsewhere', 'one'), undefined);
  });
});

test('two files may be open at once, and an error in one is no concern of the other', async () => {
  const bytes = await oneTensor();
  const failing = readH5(bytes.slice(), 'first.h5', () => assert.fail('on purpose'));
  const reading = readH5(bytes, 'second.h5', shapes);
  await assert.rejects(failing, /on purpose/);
  assert.deepEqual(await reading, [['kernel', [2, 3]]]);
});

test('what is not HDF5, is truncated or damaged is refused', async () => {
  const bytes = await oneTensor();
  const read = (changed: Uint8Array) =>
    readH5(changed, 'some.h5', (file) => file.tensors().map(({ values }) => values));
  await assert.rejects(read(Buffer.from('not a file of HDF5')), {
    message: 'cannot read some.h5; it is not HDF5',
  });
  const message = 'cannot read some.h5; its HDF5 is truncated or damaged';
  for (const length of [8, 100, bytes.length - 1]) {
    await assert.rejects(read(bytes.slice(0, length)), { message }, `${length} bytes`);
  }
  await assert.rejects(read(bytes.slice().fill(0xff, 100)), { message }, 'all but the superblock');
  assert.equal((await read(bytes)).length, 1); // a refusal leaves the library as it was
});

test('a tensor that claims terabytes is listed, and not read', async () => {
  const bytes = await writeH5((root) => {
    const options = { maxshape: [null], chunks: [6], shape: [6] };
    root.create_dataset({ name: 'kernel', data: new Float32Array(6), ...options }).resize([2 ** 40]);
  });
  await readH5(bytes, 'some.h5', (file) => {
    const [kernel] = file.tensors();
    assert.deepEqual(kernel.shape, [2 ** 40]);
    assert.throws(() => kernel.values, {
      message:
        'cannot read kernel of some.h5; it is chunked or compressed; ' +
        'rewrite the file with `h5repack --layout CONTI --filter NONE`',
    });
  });
});

test('a compressed tensor is refused, for it can inflate to any size', async () => {
  const bytes = await oneTensor({ chunks: [2, 3], compression: 'gzip' });
  await readH5(bytes, 'some.h5', (file) => {
    assert.throws(() => file.tensors()[0].values, /it is chunked or compressed/);
  });
});

test('a tensor of another type is refused', async () => {
  const bytes = await oneTensor({ data: new Float64Array(6) });
  await readH5(bytes, 'some.h5', (file) => {
    assert.throws(() => file.tensors()[0].values, {
      message: 'cannot read kernel of some.h5; its type is not float32, little-endian',
    });
  });
});

test('links lead nowhere, and a group that holds itself is refused', async () => {
  const links = await writeH5((root) => {
    root.create_external_link(__filename, '/', 'outside');
    root.create_soft_link('/elsewhere', 'broken');
  });
  assert.deepEqual(await readH5(links, 'some.h5', shapes), []);
  for (const names of [['again'], ['one', 'two', 'three']]) {
    const endless = await writeH5((root) => {
      for (const name of names) root.create_hard_link('/', name);
    });
    await assert.rejects(readH5(endless, 'some.h5', shapes), {
      message: 'cannot read some.h5; it has more than 20000 objects, or 16 of them in each other',
    });
  }
});
