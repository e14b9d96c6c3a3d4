import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { checkoutAt } from '../../tools/setup/checkout.mjs';
import { chooseDevice, rememberDevice, takeDeviceOption } from '../../tools/setup/device.mjs';
import { isNewEnough } from '../../tools/setup/find-python.mjs';
import { checkDisk, checkNode, checkPlatform, checkWritable } from '../../tools/setup/machine.mjs';
import { temporaryFolder } from '../temporary-folder';

test('Node 20 and newer pass, older ones are named with the remedy', () => {
  for (const version of ['20.0.0', '22.11.0', '24.1.0', '26.0.0']) checkNode(version);
  assert.throws(() => checkNode('18.20.4'), {
    name: 'SetupError',
    message: 'Node 18.20.4 is too old; resnet-lab needs Node 20 or newer (20, 22, 24 are tested)',
  });
});

test('macOS, Windows, other processors and musl are refused with what runs instead', () => {
  checkPlatform('linux', 'x64', '2.36');
  checkPlatform('linux', 'arm64', '2.36');
  assert.throws(
    () => checkPlatform('darwin', 'arm64', undefined),
    /C library for macOS is not in the packages/,
  );
  assert.throws(() => checkPlatform('win32', 'x64', undefined), { remedy: /WSL 2/ });
  assert.throws(
    () => checkPlatform('linux', 'riscv64', '2.36'),
    /64-bit Linux .* and this is linux on riscv64/,
  );
  assert.throws(() => checkPlatform('linux', 'x64', undefined), { remedy: /Debian, Ubuntu or Fedora/ });
});

test('too little disk is told in sizes, and a GPU set-up is offered the CPU', () => {
  checkDisk(2e9, 2e9, false);
  assert.throws(() => checkDisk(2.4e9, 3e8, false), {
    message: 'too little free disk; set-up needs 2.4 GB more and 300 MB are free',
  });
  assert.throws(() => checkDisk(9e9, 3e9, true), { remedy: /--cpu/ });
});

test('a checkout is tried by writing; a file in the place of a folder is refused', (t) => {
  const root = temporaryFolder(t);
  checkWritable(checkoutAt(root));
  fs.rmSync(path.join(root, 'out'), { recursive: true });
  fs.writeFileSync(path.join(root, 'out'), 'not a folder');
  assert.throws(() => checkWritable(checkoutAt(root)), {
    message: `the checkout cannot be written to; EEXIST: file already exists: ${path.join(root, 'out')}`,
  });
});

test('a read-only checkout is refused', {
  skip: process.getuid?.() === 0 && 'root may write anywhere',
}, (t) => {
  const root = temporaryFolder(t);
  fs.chmodSync(root, 0o555);
  t.after(() => fs.chmodSync(root, 0o755));
  assert.throws(
    () => checkWritable(checkoutAt(root)),
    /the checkout cannot be written to; EACCES: permission denied/,
  );
});

test('--cpu and --gpu are taken out of the arguments, the rest stays in order', () => {
  assert.deepEqual(takeDeviceOption(['--fast', '--gpu', '--seed', '3']), {
    device: 'gpu',
    rest: ['--fast', '--seed', '3'],
  });
  assert.deepEqual(takeDeviceOption([]), { device: undefined, rest: [] });
  assert.throws(() => takeDeviceOption(['--cpu', '--gpu']), /--cpu and --gpu were both given/);
});

test('the device is the option, else the one remembered, else what the driver says', (t) => {
  const checkout = checkoutAt(temporaryFolder(t));
  const none = () => undefined;
  const driver = () => '570.86.15';
  assert.equal(chooseDevice(checkout, undefined, none), 'cpu');
  assert.equal(chooseDevice(checkout, undefined, driver), 'gpu');
  rememberDevice(checkout, 'cpu');
  assert.equal(chooseDevice(checkout, undefined, driver), 'cpu');
  assert.equal(chooseDevice(checkout, 'gpu', none), 'gpu');
});

test('Python 3.10 is new enough, 3.9 and 2.7 are not', () => {
  assert.deepEqual(
    [
      [3, 10, 0],
      [3, 14, 1],
      [4, 0, 0],
      [3, 9, 18],
      [2, 7, 18],
    ].map(isNewEnough),
    [true, true, true, false, false],
  );
});
