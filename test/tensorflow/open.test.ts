import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';

const ROOT = path.resolve(__dirname, '../..');

test('TensorFlow.js opens and computes without a word on standard error, deprecations of Node included', () => {
  // printing a prediction passes the two functions of util that Node deprecated and then removed
  const script = `
    const { tf } = require('./lib/src/tensorflow/load');
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
    tf.topk(model.predict(tf.ones([1, 3])), 2).values.print();`;
  const run = spawnSync(process.execPath, ['--import', 'tsx', '-e', script], { cwd: ROOT, encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  assert.equal(run.stderr, '');
  assert.match(run.stdout, /Tensor/);
});
