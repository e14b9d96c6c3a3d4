import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkClusterOptions, checkTransport, settled } from '../../lib/src/cluster/cluster-options';

const HOSTS = { hosts: ['10.0.0.1:4000', '10.0.0.2:4000'], index: 0 };

test('an option that cannot be is named, with what it may be and what it is', () => {
  const refuses = (options: object, message: RegExp) =>
    assert.throws(() => checkClusterOptions({ ...HOSTS, ...options }), { message });
  refuses({ transport: 'float16' }, /^invalid transport; not "float32" or "bfloat16": "float16"$/);
  refuses({ silenceSeconds: 0 }, /^invalid silenceSeconds; .*: 0$/);
  refuses({ startSeconds: 1e7 }, /^invalid startSeconds; more than a day, 86400: 10000000$/);
  refuses({ bucketBytes: 1.5 }, /^invalid bucketBytes; .*: 1\.5$/);
  refuses({ batchNorm: 'worker 1' }, /^invalid batchNorm; not "mean" or "worker 0": "worker 1"$/);
  refuses({ patience: 3 }, /patience/);
  assert.doesNotThrow(() => checkClusterOptions({ ...HOSTS, transport: 'bfloat16' }));
});

test('gradients travel in bfloat16 between processors, and not between GPUs', () => {
  const { reduction } = settled({ ...HOSTS, transport: 'bfloat16' });
  assert.doesNotThrow(() => checkTransport(reduction, { kind: 'cpu' }));
  assert.doesNotThrow(() => checkTransport(settled(HOSTS).reduction, { kind: 'gpu' }));
  assert.throws(() => checkTransport(reduction, { kind: 'gpu' }), {
    name: 'TypeError',
    message:
      "invalid transport; TensorFlow adds 'bfloat16' on processors only, and this worker computes on a GPU: use 'float32'",
  });
});
