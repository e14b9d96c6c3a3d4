import assert from 'node:assert/strict';
import os from 'node:os';
import test from 'node:test';
import { cpuFeatures, type Device, describeDevice, device } from '../../lib/src/tensorflow/device';
import { tf } from '../../lib/src/tensorflow/load';

test('device() names what TensorFlow runs on, with versions and threads', () => {
  const found = device();
  assert.ok(found.kind === 'cpu' || found.kind === 'gpu');
  assert.notEqual(found.name, '');
  assert.match(found.tensorflow, /^\d+\.\d+\.\d+/);
  assert.equal(found.tfjs, tf.version.tfjs);
  assert.equal(found.threads, os.availableParallelism());
});

test('the vector extensions come from the first processor of /proc/cpuinfo, x86 or ARM', () => {
  const x86 =
    'processor\t: 0\nflags\t\t: fpu sse4_2 avx fma avx2 avx512f\n\nprocessor\t: 1\nflags\t\t: fpu\n';
  assert.deepEqual(cpuFeatures(x86), ['sse4_2', 'avx', 'avx2', 'fma', 'avx512f']);
  assert.deepEqual(cpuFeatures('Features\t: fp asimd sve bf16\n'), ['asimd', 'bf16', 'sve']);
  assert.deepEqual(cpuFeatures(''), []);
});

test('describeDevice() is one line with name and versions', () => {
  const cpu: Device = {
    kind: 'cpu',
    name: 'AMD EPYC',
    tensorflow: '2.21.0',
    tfjs: '4.22.0',
    threads: 2,
    cpuFeatures: ['avx2', 'fma'],
  };
  assert.equal(
    describeDevice(cpu),
    'CPU AMD EPYC, 2 threads, avx2 fma; TensorFlow 2.21.0, TensorFlow.js 4.22.0',
  );
  const bare: Device = { ...cpu, threads: 1, cpuFeatures: [] };
  assert.equal(describeDevice(bare), 'CPU AMD EPYC, 1 thread; TensorFlow 2.21.0, TensorFlow.js 4.22.0');
  const gpu: Device = { ...cpu, kind: 'gpu', name: 'NVIDIA H200' };
  assert.equal(describeDevice(gpu), 'GPU NVIDIA H200; TensorFlow 2.21.0, TensorFlow.js 4.22.0');
  assert.doesNotMatch(describeDevice(), /\n/);
});
