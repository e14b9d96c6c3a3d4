/** Two workers in networks of their own, joined by a cable that is cut: ip-netns(8), veth(4). Skipped where that is not allowed. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { EXIT_CODES } from '../../lib/src/cluster/cluster-error';
import { WorkerProcess } from './cluster-workers';

const NAMES = [0, 1].map((index) => `rl${process.pid}w${index}`); // of network, and of its end of the cable
const HOSTS = ['10.77.31.1:4000', '10.77.31.2:4000'];

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** @returns why it cannot be had; undefined when the two networks are there */
function joinNetworks(t: TestContext): string | undefined {
  t.after(() => {
    for (const name of NAMES) {
      try {
        ip('netns', 'del', name);
      } catch {
        // it was not there
      }
    }
  });
  try {
    for (const name of NAMES) ip('netns', 'add', name);
    ip(
      'link',
      'add',
      NAMES[0],
      'netns',
      NAMES[0],
      'type',
      'veth',
      'peer',
      'name',
      NAMES[1],
      'netns',
      NAMES[1],
    );
    for (const [index, name] of NAMES.entries()) {
      ip('-n', name, 'addr', 'add', `${HOSTS[index].split(':')[0]}/24`, 'dev', name);
      ip('-n', name, 'link', 'set', name, 'up');
      ip('-n', name, 'link', 'set', 'lo', 'up');
    }
    return undefined;
  } catch (error) {
    return `no networks can be made here: ${(error as Error).message.split('\n').at(-2) ?? error}`;
  }
}

test('the network between two workers is cut: both end after the silence, and name each other', async (t) => {
  const reason = joinNetworks(t);
  if (reason !== undefined) return t.skip(reason);
  const task = {
    hosts: HOSTS,
    fit: { epochs: 500, batchSize: 12 },
    slowMs: 20,
    connect: { silenceSeconds: 5 },
  };
  const workers = NAMES.map(
    (name, index) => new WorkerProcess(t, { ...task, index }, ['ip', 'netns', 'exec', name]),
  );
  await Promise.all(workers.map((worker) => worker.reaches(5)));
  ip('-n', NAMES[0], 'link', 'set', NAMES[0], 'down');
  for (const [index, worker] of workers.entries()) {
    const { code, last } = await worker.end();
    assert.equal(code, EXIT_CODES.lost, JSON.stringify(last));
    assert.match(
      last.error!,
      new RegExp(`^cannot go on; worker ${1 - index} \\(10\\.77\\.31\\.${2 - index}:4000\\) `),
    );
  }
});
