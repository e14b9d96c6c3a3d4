import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';

const preload = path.resolve(__dirname, '../../tools/kernel/send-in-turn.cjs');
const tslab = require.resolve('tslab/package.json');

/** Sends far more than a socket takes at once, without waiting, and prints how many arrived in order. */
const PROGRAM = `
const { Push, Pull } = require(require.resolve('zeromq', { paths: [${JSON.stringify(tslab)}] }));
(async () => {
  const [from, to] = [new Push({ sendHighWaterMark: 1 }), new Pull({ receiveHighWaterMark: 1 })];
  await from.bind('tcp://127.0.0.1:*');
  to.connect(from.lastEndpoint);
  for (let i = 0; i < 500; i++) from.send(['x'.repeat(50_000), String(i)]);
  let next = 0;
  for await (const [, number] of to) {
    if (Number(number) !== next) throw new Error('out of order');
    if (++next === 500) break;
  }
  console.log(next);
  process.exit(0);
})();`;

function run(...options: string[]): string {
  const script = ['-e', PROGRAM.replace(/^/, `process.argv[1] = ${JSON.stringify(tslab)};`)];
  return execFileSync(process.execPath, [...options, ...script, tslab], {
    cwd: path.dirname(tslab),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
}

test('messages that a kernel sends while another is under way arrive, in order', () => {
  assert.equal(run('--require', preload).trim(), '500');
});

test('without it zeromq refuses them, which is why it is there', () => {
  assert.throws(() => run(), /EBUSY/);
});
