import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { chromium, cifar10, cifar100 } from '../../tools/doctor/data.mjs';
import { isWell, report } from '../../tools/doctor/diagnose.mjs';
import {
  compiles,
  computes,
  cpu,
  cudaLibraries,
  gpu,
  gpuLeftOut,
  oneDnn,
} from '../../tools/doctor/engine.mjs';
import { broken, type Finding, ok, optional } from '../../tools/doctor/finding.mjs';
import { compiler } from '../../tools/doctor/installation.mjs';
import { memory, node } from '../../tools/doctor/machine.mjs';
import { temporaryFolder } from '../temporary-folder';
import { bareCheckout, pathOf, runScript } from './bare-checkout';

test('a bare clone: what is missing is broken and says how to mend it, exit 1', (t) => {
  const root = bareCheckout(t);
  const { status, stdout, stderr } = runScript(root, 'doctor.mjs', ['--json']);
  assert.equal(status, 1, stderr);
  const answer = JSON.parse(stdout);
  assert.equal(answer.ok, false);
  const statuses = Object.fromEntries(
    answer.findings.map((found: { name: string; status: string }) => [found.name, found.status]),
  );
  assert.equal(statuses.Node, 'ok');
  for (const name of ['JupyterLab', 'npm packages', 'kernel', 'library', 'addon', 'TensorFlow answers']) {
    assert.equal(statuses[name], 'broken', name);
  }
  for (const { status, remedy, name } of answer.findings)
    assert.equal(status === 'ok', remedy === undefined, name);
});

test('this checkout is well, TensorFlow answers in a process of its own', () => {
  const { stdout } = runScript(path.resolve(__dirname, '../..'), 'doctor.mjs', ['--json']);
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  // lib/src may be newer than lib/dist where this file is run by hand; `npm test` compiles first
  const wrong = findings.filter(({ status, name }) => status === 'broken' && name !== 'library');
  assert.deepEqual(wrong, []);
  assert.equal(
    findings.find(({ name }) => name === 'TensorFlow answers')?.says,
    'TensorFlow 2.21.0 under TensorFlow.js 4.22.0',
  );
});

test('a TensorFlow that ends the process is a line, not the end of the doctor', (t) => {
  const root = path.resolve(__dirname, '../..');
  const preload = path.join(temporaryFolder(t), 'crash.cjs');
  fs.writeFileSync(preload, "if (process.argv[1].endsWith('ask-tensorflow.mjs')) process.abort();");
  const { status, stdout } = runScript(root, 'doctor.mjs', [], { NODE_OPTIONS: `--require ${preload}` });
  assert.equal(status, 1);
  assert.match(stdout, /^broken {4}TensorFlow answers {2}it ended with SIGABRT; run "npm run setup"/m);
});

test('the report has one line a finding, in columns, and sums up', () => {
  const findings = [
    ok('Node', '20.20.2'),
    optional('Chromium', 'not found', 'install it'),
    broken('addon', 'not built', 'run it'),
  ];
  assert.equal(
    report(findings),
    [
      'ok        Node      20.20.2',
      'optional  Chromium  not found; install it',
      'broken    addon     not built; run it',
      '1 broken; begin with the first of them\n',
    ].join('\n'),
  );
  assert.equal(isWell(findings), false);
  assert.equal(isWell(findings.slice(0, 2)), true);
});

test('Node, memory and compiler are judged', (t) => {
  assert.deepEqual(node('22.1.0'), ok('Node', '22.1.0'));
  assert.deepEqual(node('25.0.0'), ok('Node', '25.0.0 (untested)'));
  assert.equal(node('16.0.0').status, 'broken');
  assert.equal(memory(8e9).status, 'ok');
  assert.equal(memory(1e9).status, 'optional');
  const root = temporaryFolder(t);
  assert.match(compiler({ PATH: pathOf(root, {}) }).remedy ?? '', /ziglang/);
  fs.rmSync(path.join(root, 'stubs'), { recursive: true });
  assert.deepEqual(
    compiler({ PATH: pathOf(root, { 'clang++': 'echo clang version 19' }) }),
    ok('C++ compiler', 'clang version 19'),
  );
});

test('the engine: sums, oneDNN, CPU features, GPU, CUDA libraries', () => {
  const answer = { product: [11], tfjs: '4.22.0', tensorflow: '2.21.0', usesGpu: false, missing: [] };
  assert.equal(computes(answer).status, 'ok');
  assert.match(computes({ ...answer, product: [0] }).says, /gave 0 and not 11/);
  assert.equal(compiles({}).status, 'ok');
  assert.match(compiles({ cApiProblem: 'no koffi' }).says, /eagerly, several times slower: no koffi$/);
  assert.equal(oneDnn('I0000 oneDNN custom operations are on. You may see', {}).status, 'ok');
  assert.match(oneDnn('', { TF_ENABLE_ONEDNN_OPTS: '0' }).says, /TF_ENABLE_ONEDNN_OPTS=0/);
  assert.equal(oneDnn('', {}).status, 'optional');
  assert.equal(
    cpu([{ model: 'A  Processor ' }], ['sse', 'avx2', 'fma']).says,
    'CPU, 1 threads, A Processor, avx2 fma',
  );
  assert.equal(gpuLeftOut(undefined).status, 'optional');
  assert.match(gpuLeftOut('570.1').remedy ?? '', /--gpu/);
  assert.equal(gpu(true, '570.1', ['NVIDIA H200']).says, 'GPU, NVIDIA H200, NVIDIA driver 570.1');
  assert.equal(gpu(false, '570.1', []).status, 'broken');
  assert.match(gpu(false, undefined, []).says, /no NVIDIA driver answers/);
  assert.match(cudaLibraries(['libcuda.so.1']).remedy ?? '', /driver/);
  assert.match(cudaLibraries(['libcudnn.so.9']).remedy ?? '', /npm run setup/);
});

test('data sets: absent is optional, named and wrong is broken, half is broken', (t) => {
  const root = temporaryFolder(t);
  assert.equal(cifar10(root, {}).status, 'optional');
  assert.deepEqual(cifar10(root, { CIFAR10_DIR: '' }), cifar10(root, {}), 'empty counts as not set');
  assert.match(
    cifar10(root, { CIFAR10_DIR: '/nowhere' }).says,
    /CIFAR10_DIR=\/nowhere: no data_batch_1\.bin/,
  );
  assert.equal(cifar100(root).status, 'optional');
  const folder = path.join(root, 'data', 'cifar-10-batches-bin');
  fs.mkdirSync(folder, { recursive: true });
  for (const name of [
    'data_batch_1',
    'data_batch_2',
    'data_batch_3',
    'data_batch_4',
    'data_batch_5',
    'test_batch',
  ]) {
    fs.writeFileSync(path.join(folder, `${name}.bin`), '');
    fs.truncateSync(path.join(folder, `${name}.bin`), 30_730_000);
  }
  assert.deepEqual(cifar10(root, {}), ok('CIFAR-10', 'data/cifar-10-batches-bin'));
  fs.truncateSync(path.join(folder, 'test_batch.bin'), 5);
  assert.equal(
    cifar10(root, {}).says,
    'data/cifar-10-batches-bin: test_batch.bin has 5 bytes and not 30730000',
  );
});

test('a browser: found, absent, or named and dead', (t) => {
  const root = temporaryFolder(t);
  const PATH = pathOf(root, { 'google-chrome': 'echo Google Chrome 140' });
  assert.deepEqual(chromium({ PATH }), ok('Chromium', 'Google Chrome 140'));
  assert.equal(chromium({ PATH: path.join(root, 'none') }).status, 'optional');
  assert.equal(chromium({ PATH, CHROMIUM: '/nowhere' }).status, 'broken');
});
