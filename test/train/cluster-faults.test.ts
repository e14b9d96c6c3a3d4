/** Workers that are killed, hang, are never started, or cannot listen: every other one ends, with one sentence and a status of its own. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { EXIT_CODES } from '../../lib/src/cluster/cluster-error';
import { freeHosts } from '../../tools/free-ports';
import { temporaryFolder } from '../temporary-folder';
import type { WorkerTask } from './cluster-training-program';
import { startWorkers, WorkerProcess } from './cluster-workers';

const LONG = { fit: { epochs: 500, batchSize: 12 }, slowMs: 20 } as const;
const IMPATIENT = { connect: { startSeconds: 8, silenceSeconds: 4 } };

type Task = Omit<WorkerTask, 'hosts' | 'index'>;

/** The workers of these hosts that are started at all. */
async function someOf(t: TestContext, hosts: readonly string[], started: readonly number[], task: Task) {
  const workers = started.map((index) => new WorkerProcess(t, { hosts, index, ...task }));
  return Promise.all(workers.map((worker) => worker.end()));
}

for (const lost of [0, 1, 2]) {
  test(`worker ${lost} is killed in mid-training: the others end with 75, and name it`, async (t) => {
    const workers = await startWorkers(t, 3, { ...LONG, connect: { silenceSeconds: 10 } });
    await Promise.all(workers.map((worker) => worker.reaches(5)));
    workers[lost].signal('SIGKILL');
    for (const [index, worker] of workers.entries()) {
      const { code, last } = await worker.end();
      if (index === lost) continue;
      assert.equal(code, EXIT_CODES.lost, JSON.stringify(last));
      assert.match(last.error!, new RegExp(`^cannot go on; worker ${lost} \\(127\\.0\\.0\\.1:\\d+\\) `));
    }
  });
}

test('a worker dies while worker 0 writes its checkpoint: it ends with 75, and all go on from a whole one', async (t) => {
  const runs = temporaryFolder(t);
  const run = { run: 'run', runs, checkpoints: { everySteps: 1 } };
  const task = { ...LONG, fit: { ...LONG.fit, ...run }, connect: { silenceSeconds: 10 } };
  const workers = await startWorkers(t, 2, task);
  await workers[0].reaches(5);
  const folder = path.join(runs, 'run', 'checkpoints');
  const begun = fs.watch(folder);
  await once(begun, 'change');
  workers[1].signal('SIGKILL');
  begun.close();
  const { code, last } = await workers[0].end();
  assert.equal(code, EXIT_CODES.lost, JSON.stringify(last));
  const saved = fs.readdirSync(folder).flatMap((name) => /^step-(\d+)$/.exec(name)?.[1] ?? []);
  const newest = Math.max(...saved.map(Number));
  assert.ok(newest >= 5, saved.join());

  const again = await startWorkers(t, 2, { ...task, fit: { ...task.fit, resume: true } });
  await Promise.all(again.map((worker) => worker.reaches(newest + 3)));
  for (const { lines } of again) assert.equal(lines.find(({ step }) => step !== undefined)?.step, newest + 1);
});

test('a worker that is killed when the training was stopped takes no weights from the others', async (t) => {
  const task = { fit: { epochs: 5, batchSize: 12 }, abortAfter: 2, connect: { silenceSeconds: 10 } };
  const own = { 0: { afterwards: 'bereaved' }, 1: { afterwards: 'killed' } } as const;
  const workers = await startWorkers(t, 2, task, own);
  const [zero, one] = await Promise.all(workers.map((worker) => worker.end()));
  assert.equal(one.code, null, JSON.stringify(one.last));
  assert.equal(zero.last.stopped, 'aborted', JSON.stringify(zero.last));
  assert.equal(zero.last.digest, one.last.digest);
});

test('a worker hangs: the others end after the silence, and it ends by itself when it goes on', async (t) => {
  const workers = await startWorkers(t, 2, { ...LONG, connect: { silenceSeconds: 4 } });
  await Promise.all(workers.map((worker) => worker.reaches(5)));
  workers[1].signal('SIGSTOP');
  const { code, last } = await workers[0].end();
  assert.equal(code, EXIT_CODES.lost, JSON.stringify(last));
  assert.match(last.error!, /^cannot go on; worker 1 /);
  workers[1].signal('SIGCONT');
  const late = await workers[1].end();
  assert.equal(late.code, EXIT_CODES.lost, JSON.stringify(late.last));
});

for (const missing of [0, 1]) {
  test(`worker ${missing} is never started: the other one ends with 69 when the time is up, and names it`, async (t) => {
    const hosts = await freeHosts(2);
    const [{ code, last }] = await someOf(t, hosts, [1 - missing], { ...LONG, ...IMPATIENT });
    assert.equal(code, EXIT_CODES.missing, JSON.stringify(last));
    assert.match(last.error!, new RegExp(`worker ${missing} \\(127\\.0\\.0\\.1:\\d+\\)`));
  });
}

test('a host name that does not resolve is said, with 68', async (t) => {
  const [own] = await freeHosts(1);
  const [{ code, last }] = await someOf(t, [own, 'no-such-host.invalid:4000'], [0], {
    ...LONG,
    ...IMPATIENT,
  });
  assert.equal(code, EXIT_CODES.address, JSON.stringify(last));
  assert.match(last.error!, /worker 1 \(no-such-host\.invalid:4000\)/);
});

test('a port that is taken is said, with 71', async (t) => {
  const hosts = await freeHosts(2);
  const taken = net.createServer().listen(Number(hosts[1].split(':')[1]));
  t.after(() => taken.close());
  const [{ code, last }] = await someOf(t, hosts, [1], { ...LONG, ...IMPATIENT });
  assert.equal(code, EXIT_CODES.port, JSON.stringify(last));
  assert.match(last.error!, /port/);
});

test('what one worker fails with is told to the others', async (t) => {
  const workers = await startWorkers(t, 2, LONG, { 1: { fails: 5 } });
  const [zero, one] = await Promise.all(workers.map((worker) => worker.end()));
  assert.equal(one.code, 1);
  assert.equal(one.last.error, 'a consumer that fails');
  assert.equal(zero.code, EXIT_CODES.lost, JSON.stringify(zero.last));
  assert.match(zero.last.error!, /^cannot go on; worker 1 .* gave up: /);
});
