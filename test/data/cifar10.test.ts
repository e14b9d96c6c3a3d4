import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readCifar10 } from '../../lib/src/data/cifar10';
import { pixelStatistics } from '../../lib/src/data/pixel-statistics';
import { classCounts } from '../../lib/src/data/take';
import { temporaryFolder } from '../temporary-folder';
import { pixelValue, record, writeCifar10, writeEmptyCifar10 } from './cifar-files';

const REMEDY = 'see data/README.md for the binary version of CIFAR-10 and where to put it';

test('CIFAR-10 is read from its folder: five training files in order, one test file', (t) => {
  const folder = temporaryFolder(t);
  writeCifar10(folder, 12);
  fs.writeFileSync(path.join(folder, 'data_batch_2.bin'), Buffer.concat(Array(12).fill(record([9], 0))));
  const { name, source, train, test: testSplit } = readCifar10(folder, { recordsPerFile: 12 });
  assert.equal(name, 'CIFAR-10');
  assert.equal(source, 'cifar10');
  assert.equal(train.name, 'CIFAR-10 training images');
  assert.equal(testSplit.name, 'CIFAR-10 test images');
  assert.deepEqual(train.imageShape, [32, 32, 3]);
  assert.deepEqual([train.classNames[0], train.classNames[9]], ['airplane', 'truck']);
  assert.deepEqual([...train.labels.subarray(0, 12)], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
  assert.deepEqual([...train.labels.subarray(12, 24)], Array(12).fill(9));
  assert.equal(train.labels.length, 60);
  assert.equal(testSplit.labels.length, 12);
});

test('the colour planes of a record become [height, width, channels]', (t) => {
  const folder = temporaryFolder(t);
  writeCifar10(folder, 3);
  const { images } = readCifar10(folder, { recordsPerFile: 3 }).test;
  assert.equal(images.length, 3 * 3072);
  for (const [index, row, column, channel] of [
    [0, 0, 0, 0],
    [0, 0, 1, 2],
    [2, 31, 31, 1],
    [1, 17, 5, 2],
  ]) {
    const at = ((index * 32 + row) * 32 + column) * 3 + channel;
    assert.equal(images[at], pixelValue(index, channel, row, column));
  }
});

test('the folder that holds cifar-10-batches-bin is as good as that folder', (t) => {
  const folder = temporaryFolder(t);
  writeCifar10(path.join(folder, 'cifar-10-batches-bin'), 2);
  assert.equal(readCifar10(folder, { recordsPerFile: 2 }).train.labels.length, 10);
});

test('files of the upstream size are expected unless told otherwise', (t) => {
  const folder = temporaryFolder(t);
  writeEmptyCifar10(folder);
  const { train, test: testSplit } = readCifar10(folder);
  assert.equal(train.labels.length, 50_000);
  assert.equal(testSplit.labels.length, 10_000);
});

test('a missing, a truncated and an overlong file are named with what was expected', (t) => {
  const folder = temporaryFolder(t);
  writeCifar10(folder, 4);
  const file = path.join(folder, 'data_batch_3.bin');
  const read = () => readCifar10(folder, { recordsPerFile: 4 });
  fs.truncateSync(file, 5000);
  assert.throws(read, {
    message: `cannot read CIFAR-10; ${file} is too short: expected 12292 bytes (4 records of 3073), found 5000; ${REMEDY}`,
  });
  fs.truncateSync(file, 20_000);
  assert.throws(read, {
    message: `cannot read CIFAR-10; ${file} is too long: expected 12292 bytes (4 records of 3073), found 20000; ${REMEDY}`,
  });
  fs.rmSync(file);
  assert.throws(read, {
    message: `cannot read CIFAR-10; ${file} is missing: expected 12292 bytes (4 records of 3073); ${REMEDY}`,
  });
  fs.mkdirSync(file);
  assert.throws(read, /data_batch_3\.bin is missing/);
});

test('a foreign file of the right size is told by its labels', (t) => {
  const folder = temporaryFolder(t);
  writeCifar10(folder, 4);
  const file = path.join(folder, 'test_batch.bin');
  const bytes = fs.readFileSync(file);
  bytes[2 * 3073] = 10;
  fs.writeFileSync(file, bytes);
  assert.throws(() => readCifar10(folder, { recordsPerFile: 4 }), {
    message: `cannot read CIFAR-10; ${file} is not one of its files: record 2 has label 10, expected 0 to 9; ${REMEDY}`,
  });
});

test('a folder that does not exist is named by the first file looked for', () => {
  assert.throws(
    () => readCifar10('/nowhere'),
    /^Error: cannot read CIFAR-10; \/nowhere\/data_batch_1\.bin is missing/,
  );
});

const real = process.env.CIFAR10_DIR;
test('the real CIFAR-10 has 5,000 and 1,000 images of each class and its known pixel mean', {
  skip: real ? false : 'CIFAR10_DIR is not set',
}, () => {
  const { train, test: testSplit } = readCifar10(real as string);
  assert.deepEqual(classCounts(train), Array(10).fill(5000));
  assert.deepEqual(classCounts(testSplit), Array(10).fill(1000));
  const { mean, std } = pixelStatistics(train);
  // the values in every CIFAR-10 recipe; a copy that went through JPEG may differ in the third digit
  const known = { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] };
  for (const channel of [0, 1, 2]) {
    assert.ok(Math.abs(mean[channel] - known.mean[channel]) < 0.002, String(mean));
    assert.ok(Math.abs(std[channel] - known.std[channel]) < 0.002, String(std));
  }
});
