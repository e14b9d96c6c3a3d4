/** Meetings of real processes, some of which are killed, stopped, or never started. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from '../../lib/src/cluster/addresses';
import { nameOf } from '../../lib/src/cluster/messages';
import { isFree } from '../../tools/free-ports';
import { freeAddresses } from './free-ports';
import type { Act, Line, Plan } from './meeting-program';

const PROGRAM = path.join(__dirname, 'meeting-program.ts');
const START = { startSeconds: 60, silenceSeconds: 3 };
const WAIT: Act[] = [{ act: 'wait' }];
const LEAVE: Act[] = [{ act: 'leave' }];

/** One process, and what it has said. */
class Process {
  private readonly child: ChildProcess;
  private readonly lines: Line[] = [];
  private readonly ended: Promise<number | null>;
  private onLine = () => {};

  constructor(t: TestContext, plan: Plan) {
    this.child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, JSON.stringify(plan)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => this.child.kill('SIGKILL'));
    createInterface(this.child.stdout!).on('line', (line) => {
      this.lines.push(JSON.parse(line));
      this.onLine();
    });
    this.ended = once(this.child, 'close').then(([code]) => {
      this.onLine();
      return code;
    });
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** The next line, which has to be this one. */
  async says<Did extends Line['did']>(did: Did): Promise<Extract<Line, { did: Did }>> {
    while (this.lines.length === 0) {
      assert.equal(this.child.exitCode, null, `a worker ended that should have said ${did}`);
      await new Promise<void>((resolve) => {
        this.onLine = resolve;
      });
    }
    const line = this.lines.shift()!;
    assert.equal(line.did, did, JSON.stringify(line));
    return line as Extract<Line, { did: Did }>;
  }

  /** The exit code, once it has ended by itself; null if a signal ended it. */
  exitCode(): Promise<number | null> {
    return this.ended;
  }
}

/** So many workers that have met and do the same, or each its own. */
async function together(
  t: TestContext,
  size: number,
  acts: Act[] | ((index: number) => Act[]),
): Promise<[Process[], Address[]]> {
  const addresses = await freeAddresses(size);
  const actsOf = (index: number) => (typeof acts === 'function' ? acts(index) : acts);
  const workers = addresses.map(
    (_, index) => new Process(t, { addresses, index, ...START, acts: actsOf(index) }),
  );
  for (const worker of workers) {
    await worker.says('begin');
    await worker.says('meet');
  }
  return [workers, addresses];
}

/** Each of them says the same sentence, and ends with the same code. */
async function allFail(workers: Process[], kind: string, code: number, message: RegExp): Promise<void> {
  const sentences = new Set<string>();
  for (const worker of workers) {
    const fault = await worker.says('fail');
    assert.equal(fault.kind, kind);
    assert.match(fault.message, message);
    sentences.add(fault.message);
    assert.equal(await worker.exitCode(), code);
  }
  assert.equal(sentences.size, 1, [...sentences].join('\n'));
}

/** A sentence on the loss of a worker that everyone is to say. */
function lost(addresses: Address[], index: number, how: string): RegExp {
  const name = nameOf(addresses, index).replace(/[().]/g, '\\$&');
  return new RegExp(`^cannot go on; ${name} ${how}; look at what it said last, and start all workers again$`);
}

const GONE = 'closed its connection without a goodbye';

describe('workers that are processes', { concurrency: 2, timeout: 120_000 }, () => {
  test('gather, pass 30 MB on, and end', async (t) => {
    const length = 30_000_000;
    const [workers] = await together(t, 3, (index) => [
      { act: 'gather', value: { index } },
      { act: 'broadcast', length },
      ...LEAVE,
    ]);
    const sha256 = createHash('sha256').update(new Uint8Array(length).fill(7)).digest('hex');
    for (const worker of workers) {
      assert.deepEqual((await worker.says('gather')).values, [{ index: 0 }, { index: 1 }, { index: 2 }]);
      assert.equal((await worker.says('broadcast')).sha256, sha256);
      await worker.says('leave');
    }
    for (const worker of workers) assert.equal(await worker.exitCode(), 0);
  });

  test('all name the one that is killed', async (t) => {
    const [[zero, one, two], addresses] = await together(t, 3, WAIT);
    one.signal('SIGKILL');
    await allFail([zero, two], 'lost', 75, lost(addresses, 1, GONE));
  });

  test('all name worker 0 when it is killed', async (t) => {
    const [[zero, one, two], addresses] = await together(t, 3, WAIT);
    zero.signal('SIGKILL');
    await allFail([one, two], 'lost', 75, lost(addresses, 0, GONE));
  });

  test('who waits for what all say names worker 0 when it is killed, too', async (t) => {
    const [[zero, one, two], addresses] = await together(t, 3, (index) =>
      index === 0 ? WAIT : [{ act: 'gather', value: index }],
    );
    zero.signal('SIGKILL');
    await allFail([one, two], 'lost', 75, lost(addresses, 0, GONE));
  });

  test('all name the one that hangs, and so does it when it wakes up', async (t) => {
    const [[zero, one, two], addresses] = await together(t, 3, WAIT);
    one.signal('SIGSTOP');
    await allFail([zero, two], 'lost', 75, lost(addresses, 1, 'was silent for 3 s'));
    one.signal('SIGCONT');
    await allFail([one], 'lost', 75, lost(addresses, 1, 'was silent for 3 s'));
  });

  test('all name the one that reads nothing of what worker 0 sends', async (t) => {
    const [[zero, , two], addresses] = await together(t, 3, (index) =>
      index === 1
        ? [{ act: 'ask' }, { act: 'block', seconds: 1000 }]
        : [{ act: 'broadcast', length: 30_000_000 }, ...WAIT],
    );
    await two.says('broadcast'); // which does not wait for its neighbour
    await allFail([zero, two], 'lost', 75, lost(addresses, 1, 'was silent for 3 s'));
  });

  test('nobody accuses anybody when all of them have slept', async (t) => {
    const [workers] = await together(t, 2, (index) => [
      { act: 'block', seconds: 1 }, // within which they are stopped
      { act: 'gather', value: index },
      ...LEAVE,
    ]);
    for (const worker of workers) worker.signal('SIGSTOP');
    await sleep(2 * START.silenceSeconds * 1000);
    for (const worker of workers) worker.signal('SIGCONT');
    for (const worker of workers) {
      await worker.says('block');
      assert.deepEqual((await worker.says('gather')).values, [0, 1]);
      await worker.says('leave');
      assert.equal(await worker.exitCode(), 0);
    }
  });

  test('one that computes for nearly as long as a silence is not taken for dead', async (t) => {
    const [workers] = await together(t, 2, (index) => [
      ...(index === 1 ? [{ act: 'block', seconds: 0.9 * START.silenceSeconds } as const] : []),
      { act: 'gather', value: index },
      ...LEAVE,
    ]);
    await workers[1].says('block');
    for (const worker of workers) {
      assert.deepEqual((await worker.says('gather')).values, [0, 1]);
      await worker.says('leave');
      assert.equal(await worker.exitCode(), 0);
    }
  });

  test('all say why one of them gives up', async (t) => {
    const [[zero, one, two], addresses] = await together(t, 3, (index) =>
      index === 1 ? [{ act: 'abort', reason: 'the disk is full' }] : WAIT,
    );
    const name = nameOf(addresses, 1).replace(/[().]/g, '\\$&');
    await allFail([zero, two], 'lost', 75, new RegExp(`^cannot go on; ${name} gave up: the disk is full$`));
    await one.says('abort');
    assert.equal(await one.exitCode(), 0);
  });

  test('all that were started name the one that was not', async (t) => {
    const addresses = await freeAddresses(3);
    const two = new Process(t, { addresses, index: 2, ...START, acts: WAIT });
    await two.says('begin');
    const zero = new Process(t, { addresses, index: 0, ...START, startSeconds: 4, acts: WAIT });
    await zero.says('begin');
    await allFail(
      [zero, two],
      'missing',
      69,
      /; worker 1 \(127\.0\.0\.1:\d+\) was not there within 4 s; start it/,
    );
    for (const { port } of addresses) assert.ok(await isFree(port));
  });

  test('all that were started name worker 0 if it was not', async (t) => {
    const addresses = await freeAddresses(3);
    const others = [1, 2].map(
      (index) => new Process(t, { addresses, index, ...START, startSeconds: 2, acts: WAIT }),
    );
    for (const worker of others) await worker.says('begin');
    await allFail(
      others,
      'missing',
      69,
      /; worker 0 \(127\.0\.0\.1:\d+\) was not there within 2 s; start it/,
    );
  });

  test('one whose port is taken ends with the code for that', async (t) => {
    const [[zero, one], addresses] = await together(t, 2, WAIT);
    zero.signal('SIGKILL');
    await one.says('fail');
    const first = new Process(t, { addresses, index: 0, ...START, acts: WAIT });
    await first.says('begin');
    while (await isFree(addresses[0].port)) await sleep(20);
    const second = new Process(t, { addresses, index: 0, ...START, acts: WAIT });
    await second.says('begin');
    await allFail([second], 'port', 71, /port \d+ of worker 0 .* is taken on this machine; end the program/);
  });
});
