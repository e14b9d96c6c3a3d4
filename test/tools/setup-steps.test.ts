import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { kernelSpec } from '../../tools/setup/kernel.mjs';
import { firstDifference } from '../../tools/setup/npm-packages.mjs';
import { pipEnvironment } from '../../tools/setup/pip.mjs';
import { createProgress, seconds, size } from '../../tools/setup/progress.mjs';
import { filesBelow, hashOf, readStamp, replaceFolder, writeStamp } from '../../tools/setup/stamp.mjs';
import { isNeeded } from '../../tools/setup/tensorflow.mjs';
import { findWheel, requirementsOfExtra } from '../../tools/setup/wheels.mjs';
import { temporaryFolder } from '../temporary-folder';

test('a stamp is read as it was written, and half of one counts as none', (t) => {
  const file = path.join(temporaryFolder(t), 'deep', 'stamp.json');
  assert.equal(readStamp(file), undefined);
  writeStamp(file, { version: '2.21.0' });
  assert.deepEqual(readStamp(file), { version: '2.21.0' });
  fs.writeFileSync(file, '{"version": "2.2');
  assert.equal(readStamp(file), undefined);
  assert.deepEqual(fs.readdirSync(path.dirname(file)), ['stamp.json']);
});

test('a hash changes with a content, a name and a boundary between files', (t) => {
  const root = temporaryFolder(t);
  const write = (files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(root, name), text);
    return hashOf(root, Object.keys(files));
  };
  const variants: Record<string, string>[] = [
    { a: 'xy', b: 'z' },
    { a: 'x', b: 'yz' },
    { a: 'xy', c: 'z' },
    { a: 'xy', b: 'Z' },
  ];
  const hashes = variants.map(write);
  assert.equal(new Set(hashes).size, 4);
  assert.equal(write({ a: 'xy', b: 'z' }), hashes[0]);
});

test('a folder is put in the place of another, also after a replacement that was cut short', (t) => {
  const root = temporaryFolder(t);
  const at = (name: string) => path.join(root, name);
  for (const name of ['dist', 'dist.old.tmp', 'made']) {
    fs.mkdirSync(at(name));
    fs.writeFileSync(path.join(at(name), 'from'), name);
  }
  replaceFolder(at('made'), at('dist'));
  assert.deepEqual(filesBelow(root, ''), ['dist/from']);
  assert.equal(fs.readFileSync(at('dist/from'), 'utf8'), 'made');
});

test('node_modules is right when every package has its version, its sum and its folder; optional ones may be absent', (t) => {
  const root = temporaryFolder(t);
  const name = 'node_modules/vega';
  const wanted = {
    '': {},
    lib: {},
    [name]: { version: '5.33.1', integrity: 'sha512-a' },
    'node_modules/mac': { optional: true },
  };
  const installed = { [name]: { version: '5.33.1', integrity: 'sha512-a' } };
  assert.equal(firstDifference(wanted, installed, root), name);
  fs.mkdirSync(path.join(root, name), { recursive: true });
  fs.writeFileSync(path.join(root, name, 'package.json'), '{}');
  assert.equal(firstDifference(wanted, installed, root), undefined);
  assert.equal(firstDifference(wanted, { [name]: { version: '5.33.0', integrity: 'sha512-a' } }, root), name);
  assert.equal(firstDifference(wanted, { [name]: { version: '5.33.1', integrity: 'sha512-b' } }, root), name);
  assert.equal(firstDifference(wanted, {}, root), name);
});

test("an extra's requirements are read from a wheel's METADATA, other extras left out", () => {
  const metadata = [
    'Metadata-Version: 2.1',
    'Requires-Dist: numpy>=1.26.0',
    'Requires-Dist: keras>=3.12.0; python_version >= "3.10"',
    'Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"',
    "Requires-Dist: nvidia-nccl-cu12 (<3.0,>=2.27.7) ; (platform_system == 'Linux') and extra == 'and-cuda'",
    'Requires-Dist: tensorflow-io-gcs-filesystem>=0.23.1; extra == "gcs-filesystem"',
  ].join('\n');
  assert.deepEqual(requirementsOfExtra(metadata, 'and-cuda'), [
    'nvidia-cublas-cu12<13.0,>=12.5.3.2',
    'nvidia-nccl-cu12<3.0,>=2.27.7',
  ]);
});

test('of a wheel, the libraries, the headers, the CUDA libraries and what XLA compiles with are unpacked', () => {
  const names = {
    'tensorflow/libtensorflow_cc.so.2': true,
    'tensorflow/libtensorflow_framework.so.2': true,
    'tensorflow/include/tensorflow/c/c_api.h': true,
    'nvidia/cudnn/lib/libcudnn.so.9': true,
    'nvidia/cuda_nvcc/bin/ptxas': true,
    'nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc': true,
    'tensorflow/python/_pywrap_tensorflow_internal.so': false,
    'tensorflow/libtensorflow_cc.so.2.txt': false,
    'nvidia/cudnn/include/cudnn.h': false,
  };
  assert.deepEqual(Object.fromEntries(Object.keys(names).map((name) => [name, isNeeded(name)])), names);
});

test('a wheel that lies there cut off is removed, one of another version is left alone', (t) => {
  const folder = temporaryFolder(t);
  fs.writeFileSync(
    path.join(folder, 'tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl'),
    'PK\x03\x04 cut',
  );
  fs.writeFileSync(
    path.join(folder, 'tensorflow_cpu-2.20.0-cp312-cp312-manylinux_2_17_x86_64.whl'),
    'PK\x03\x04 cut',
  );
  assert.equal(findWheel(folder, 'tensorflow-cpu==2.21.0'), undefined);
  assert.deepEqual(fs.readdirSync(folder), ['tensorflow_cpu-2.20.0-cp312-cp312-manylinux_2_17_x86_64.whl']);
});

test('pip keeps the configured index and proxy, and never installs elsewhere or asks', () => {
  const environment = pipEnvironment(
    {
      PIP_INDEX_URL: 'mirror',
      HTTPS_PROXY: 'proxy',
      PIP_TARGET: '/elsewhere',
      PYTHONHOME: '/other',
      PIP_USER: '1',
      PIP_RETRIES: '7',
    },
    '/checkout/partial',
  );
  assert.deepEqual(environment, {
    PIP_INDEX_URL: 'mirror',
    HTTPS_PROXY: 'proxy',
    PIP_RETRIES: '7',
    PIP_USER: '0',
    PIP_NO_INPUT: '1',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PYTHONUNBUFFERED: '1',
    TMPDIR: '/checkout/partial',
  });
});

test('the kernel starts this tslab with this Node, both by absolute path', () => {
  assert.deepEqual(kernelSpec('/opt/node/bin/node', '/home/reader/lab/node_modules/tslab/bin/tslab'), {
    argv: [
      '/opt/node/bin/node',
      '--require',
      '/home/reader/lab/tools/kernel/send-in-turn.cjs',
      '/home/reader/lab/node_modules/tslab/bin/tslab',
      'kernel',
      '--config-path={connection_file}',
    ],
    display_name: 'TypeScript (resnet-lab)',
    language: 'typescript',
  });
});

test('outside a terminal a step is one line a phase: begun at once, ended with its time', () => {
  let text = '';
  let now = 0;
  const progress = createProgress({ write: (part: string) => (text += part) }, () => now);
  const line = progress.step(3, 7, 'TensorFlow 2.21.0 (CPU)');
  line.begin('downloading 274 MB');
  assert.equal(text, '[3/7] TensorFlow 2.21.0 (CPU): downloading 274 MB ... ');
  now = 41_000;
  line.end();
  line.say('there');
  line.begin('unpacking');
  progress.breakOff();
  assert.equal(
    text,
    [
      '[3/7] TensorFlow 2.21.0 (CPU): downloading 274 MB ... 41 s',
      '[3/7] TensorFlow 2.21.0 (CPU): there',
      '[3/7] TensorFlow 2.21.0 (CPU): unpacking ... stopped\n',
    ].join('\n'),
  );
});

test('times and sizes are short', () => {
  assert.deepEqual([0, 9_940, 9_960, 59_400, 123_000].map(seconds), [
    '0.0 s',
    '9.9 s',
    '10 s',
    '59 s',
    '2 min 3 s',
  ]);
  assert.deepEqual([274e6, 999.6e6, 1.15e9].map(size), ['274 MB', '1.0 GB', '1.1 GB']);
});
