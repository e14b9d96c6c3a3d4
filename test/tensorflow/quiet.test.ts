import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { withoutChatter } from '../../lib/src/tensorflow/quiet';

const CHATTER = [
  'WARNING: All log messages before absl::InitializeLog() is called are written to STDERR',
  'I0000 00:00:1795560337.280049    2965 port.cc:153] oneDNN custom operations are on.',
  'To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow.',
];

test('start-up chatter is left out and a warning between it is kept', () => {
  const warning = 'W0000 00:00:1795560337.280049    2965 gpu_device.cc:1] Cannot dlopen some GPU libraries.';
  assert.equal(withoutChatter([...CHATTER, warning, ''].join('\n')), `${warning}\n`);
});

test('what native code writes to standard error while loading comes through, filtered', () => {
  const script = `
    const { quietly } = require('./lib/src/tensorflow/quiet');
    const libc = require('koffi').load(null);
    const write = libc.func('long write(int, const char *, size_t)');
    const say = (text) => write(2, text, text.length);
    quietly(() => say('I0000 nothing to see\\nE0000 cannot open libcublas\\n'));
    say('I0000 after loading\\n');`;
  const root = path.resolve(__dirname, '../..');
  const run = spawnSync(process.execPath, ['--import', 'tsx', '-e', script], { cwd: root, encoding: 'utf8' });
  assert.equal(run.stderr, 'E0000 cannot open libcublas\nI0000 after loading\n');
});

test('a load that throws still gives standard error back', () => {
  const script = `
    const { quietly } = require('./lib/src/tensorflow/quiet');
    try { quietly(() => { throw new Error('no library'); }); } catch (error) { process.stderr.write(error.message); }`;
  const root = path.resolve(__dirname, '../..');
  const run = spawnSync(process.execPath, ['--import', 'tsx', '-e', script], { cwd: root, encoding: 'utf8' });
  assert.equal(run.stderr, 'no library');
});
