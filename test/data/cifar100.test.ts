import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readCifar100 } from '../../lib/src/data/cifar100';
import { temporaryFolder } from '../temporary-folder';
import { record } from './cifar-files';

const REMEDY = 'see data/README.md for the binary version of CIFAR-100 and where to put it';
const SIZES = { trainRecords: 4, testRecords: 2 };

/** Record i has superclass 19 - i and class 99 - i. */
function writeCifar100(folder: string): void {
  fs.mkdirSync(folder, { recursive: true });
  const records = (n: number) =>
    Buffer.concat(Array.from({ length: n }, (_, i) => record([19 - i, 99 - i], i)));
  fs.writeFileSync(path.join(folder, 'train.bin'), records(4));
  fs.writeFileSync(path.join(folder, 'test.bin'), records(2));
  const names = Array.from({ length: 100 }, (_, i) => `class ${i}\n`);
  fs.writeFileSync(path.join(folder, 'fine_label_names.txt'), `${names.join('')}\n`);
}

test('CIFAR-100 is read with its fine labels and their names', (t) => {
  const folder = temporaryFolder(t);
  writeCifar100(path.join(folder, 'cifar-100-binary'));
  const { name, source, train, test: testSplit } = readCifar100(folder, SIZES);
  assert.equal(name, 'CIFAR-100');
  assert.equal(source, 'cifar100');
  assert.deepEqual([...train.labels], [99, 98, 97, 96]);
  assert.deepEqual([...testSplit.labels], [99, 98]);
  assert.equal(train.classNames.length, 100);
  assert.equal(train.classNames[99], 'class 99');
  assert.equal(train.name, 'CIFAR-100 training images');
  assert.deepEqual([...train.images.subarray(0, 3)], [0, 90, 180]); // red, green and blue of the first pixel
});

test('a truncated file, a wrong label and a wrong list of names are refused by name', (t) => {
  const folder = temporaryFolder(t);
  writeCifar100(folder);
  const names = path.join(folder, 'fine_label_names.txt');
  const train = path.join(folder, 'train.bin');
  fs.writeFileSync(
    train,
    Buffer.concat([record([3, 100], 0), record([3, 3], 0), record([3, 3], 0), record([3, 3], 0)]),
  );
  assert.throws(() => readCifar100(folder, SIZES), {
    message: `cannot read CIFAR-100; ${train} is not one of its files: record 0 has label 100, expected 0 to 99; ${REMEDY}`,
  });
  fs.truncateSync(train, 100);
  assert.throws(() => readCifar100(folder, SIZES), {
    message: `cannot read CIFAR-100; ${train} is too short: expected 12296 bytes (4 records of 3074), found 100; ${REMEDY}`,
  });
  fs.writeFileSync(names, 'apple\nbear\n');
  assert.throws(() => readCifar100(folder, SIZES), {
    message: `cannot read CIFAR-100; ${names} is not its list of classes: expected 100 names, found 2; ${REMEDY}`,
  });
  fs.rmSync(names);
  assert.throws(() => readCifar100(folder, SIZES), {
    message: `cannot read CIFAR-100; ${names} is missing: expected 100 names; ${REMEDY}`,
  });
});
