import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { type LoadDataOptions, loadData } from '../../lib/src/data/load-data';
import { classCounts } from '../../lib/src/data/take';
import { temporaryFolder } from '../temporary-folder';
import { writeEmptyCifar10 } from './cifar-files';

/** A machine without CIFAR10_DIR, with an empty data folder and no network; what `loadData` says is collected. */
function emptyMachine(t: TestContext) {
  const messages: string[] = [];
  const options = {
    directory: temporaryFolder(t),
    environment: {},
    onMessage: (message: string) => messages.push(message),
    download: async () => {
      throw new Error('cannot download CIFAR-10 from https://example.invalid/; no network; run again');
    },
  } satisfies Partial<LoadDataOptions>;
  return { options, messages };
}

test('auto takes CIFAR10_DIR before the data folder and says so', async (t) => {
  const { options, messages } = emptyMachine(t);
  const named = temporaryFolder(t);
  writeEmptyCifar10(named);
  const data = await loadData({
    ...options,
    source: 'auto',
    environment: { CIFAR10_DIR: named },
    images: 2000,
  });
  assert.equal(data.source, 'cifar10');
  assert.deepEqual(messages, [
    `CIFAR-10: 2,000 training and 400 test images, read from ${named} (CIFAR10_DIR)`,
  ]);
  assert.equal(data.train.name, 'CIFAR-10 training images, first 2,000');
  assert.equal(data.test.name, 'CIFAR-10 test images, first 400');
});

test('a CIFAR10_DIR that is set but wrong is an error, not a reason to take something else', async (t) => {
  const { options } = emptyMachine(t);
  for (const source of ['auto', 'cifar10'] as const) {
    await assert.rejects(
      loadData({ ...options, source, environment: { CIFAR10_DIR: '/nowhere' } }),
      /^Error: invalid CIFAR10_DIR; cannot read CIFAR-10; \/nowhere\/data_batch_1\.bin is missing: expected 30730000 bytes/,
    );
  }
});

test('auto takes CIFAR-10 from the data folder, and a damaged copy there is an error', async (t) => {
  const { options, messages } = emptyMachine(t);
  const folder = path.join(options.directory, 'cifar-10-batches-bin');
  writeEmptyCifar10(folder);
  const data = await loadData({ ...options, source: 'auto' });
  assert.equal(data.train.labels.length, 50_000);
  assert.deepEqual(messages, [`CIFAR-10: 50,000 training and 10,000 test images, read from ${folder}`]);
  fs.truncateSync(path.join(folder, 'test_batch.bin'), 99);
  await assert.rejects(loadData({ ...options, source: 'auto' }), /test_batch\.bin is too short/);
});

test('auto downloads what is not there, telling every tenth', async (t) => {
  const { options, messages } = emptyMachine(t);
  const folder = path.join(options.directory, 'cifar-10-batches-bin');
  const download: LoadDataOptions['download'] = async (which, directory, { onProgress } = {}) => {
    assert.deepEqual([which, directory], ['cifar10', options.directory]);
    for (const share of [0, 0.01, 0.5, 0.55, 1]) {
      onProgress?.({ bytes: share * 170e6, totalBytes: 170e6, bytesPerSecond: 3.25e6 });
    }
    writeEmptyCifar10(folder);
    return folder;
  };
  const data = await loadData({ ...options, source: 'auto', download, images: 100 });
  assert.equal(data.source, 'cifar10');
  assert.deepEqual(messages, [
    'downloading CIFAR-10: 0.0 of 170 MB, 3.3 MB/s',
    'downloading CIFAR-10: 85 of 170 MB, 3.3 MB/s',
    'downloading CIFAR-10: 170 of 170 MB, 3.3 MB/s',
    `CIFAR-10: 100 training and 100 test images, downloaded to ${folder}`,
  ]);
});

test('auto falls back to generated images and says why, and how to get CIFAR-10', async (t) => {
  const { options, messages } = emptyMachine(t);
  const data = await loadData({ ...options, source: 'auto', images: 500 });
  assert.equal(data.source, 'generated');
  assert.equal(data.name, 'generated images (not CIFAR-10)');
  assert.deepEqual(messages, [
    'generated images (not CIFAR-10): 500 training and 100 test images, used because CIFAR-10 is not here: ' +
      'cannot download CIFAR-10 from https://example.invalid/; no network; run again, or "npm run data", which knows another source, or set CIFAR10_DIR',
  ]);
});

test('a set asked for by name is never replaced by another', async (t) => {
  const { options } = emptyMachine(t);
  await assert.rejects(loadData({ ...options, source: 'cifar10' }), /^Error: cannot download CIFAR-10/);
  await assert.rejects(loadData({ ...options, source: 'cifar100' }), /^Error: cannot download/);
  fs.mkdirSync(path.join(options.directory, 'cifar-100-binary'));
  await assert.rejects(loadData({ ...options, source: 'cifar100' }), /^Error: cannot read CIFAR-100/);
});

test('an abort during the download is not a reason to generate', async (t) => {
  const { options } = emptyMachine(t);
  const stop = new AbortController();
  const download = async () => {
    stop.abort(new Error('enough'));
    throw stop.signal.reason;
  };
  await assert.rejects(loadData({ ...options, source: 'auto', download, signal: stop.signal }), {
    message: 'enough',
  });
});

test('generated images are limited by drawing fewer, to no less than ten test images a class', async (t) => {
  const { options, messages } = emptyMachine(t);
  const data = await loadData({ ...options, source: 'generated', images: 1000, seed: 3 });
  assert.deepEqual(classCounts(data.train), Array(10).fill(100));
  assert.deepEqual(classCounts(data.test), Array(10).fill(20));
  const fewer = await loadData({ ...options, source: 'generated', images: 20, seed: 3 });
  assert.deepEqual(classCounts(fewer.test), Array(10).fill(10));
  assert.equal(
    messages[0],
    'generated images (not CIFAR-10): 1,000 training and 200 test images, drawn by resnet-lab',
  );
});

test('sources and limits that make no sense are refused', async (t) => {
  const { options } = emptyMachine(t);
  await assert.rejects(loadData({ ...options, source: 'mnist' as 'auto' }), {
    name: 'RangeError',
    message: 'invalid source; not auto, cifar10, cifar100 or generated: mnist',
  });
  for (const images of [0, -1, 1.5, Number.NaN]) {
    await assert.rejects(loadData({ ...options, source: 'generated', images }), {
      name: 'RangeError',
      message: `invalid images; not a positive integer: ${images}`,
    });
  }
});
