/** Meetings of workers that are all in this process. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from '../../lib/src/cluster/addresses';
import type { ClusterFault } from '../../lib/src/cluster/cluster-error';
import { type Meeting, type MeetingOptions, meet } from '../../lib/src/cluster/meeting';
import { nameOf } from '../../lib/src/cluster/messages';
import { isFree } from '../../tools/free-ports';
import { freeAddresses } from './free-ports';
import { RawWorker } from './raw-worker';

const START = { startSeconds: 20, silenceSeconds: 5 };
const SAME = 'start the same program with the same hosts on all of them, each with its own index';

/** So many workers that have met, worker 0 first, and their addresses. */
async function together(
  t: TestContext,
  size: number,
  options: Partial<MeetingOptions> = {},
): Promise<[Meeting[], Address[]]> {
  const addresses = await freeAddresses(size);
  const meetings = await Promise.all(
    addresses.map((_, index) => meet({ addresses, index, ...START, ...options })),
  );
  t.after(() => Promise.all(meetings.map((meeting) => meeting.leave())));
  return [meetings, addresses];
}

/** One worker on its way, which may be looked at later. */
function start(addresses: Address[], index: number, options: Partial<MeetingOptions> = {}): Promise<Meeting> {
  const meeting = meet({ addresses, index, ...START, ...options });
  meeting.catch(() => {});
  return meeting;
}

/** Every promise is rejected with the same kind and sentence. */
async function allReject(promises: Promise<unknown>[], kind: ClusterFault, message: string): Promise<void> {
  const expected = { name: 'ClusterError', kind, message };
  await Promise.all(promises.map((promise) => assert.rejects(promise, expected)));
}

describe('workers that have met', { timeout: 60_000 }, () => {
  test('gather what everyone says, in the order of the workers', async (t) => {
    const [meetings] = await together(t, 3);
    assert.deepEqual(
      meetings.map(({ index, size }) => [index, size]),
      [
        [0, 3],
        [1, 3],
        [2, 3],
      ],
    );
    const gathered = await Promise.all(
      meetings.map((meeting) => meeting.gather('loss', { of: meeting.index, loss: 0.1, none: undefined })),
    );
    const expected = [0, 1, 2].map((of) => ({ of, loss: 0.1 }));
    assert.deepEqual(gathered, [expected, expected, expected]);
  });

  test('do what they were asked for in order, without being waited for', async (t) => {
    const [meetings] = await together(t, 2);
    const results = await Promise.all(
      meetings.map((meeting) =>
        Promise.all([1, 2, 3].map((i) => meeting.gather(`topic ${i}`, 10 * i + meeting.index))),
      ),
    );
    const expected = [
      [10, 11],
      [20, 21],
      [30, 31],
    ];
    assert.deepEqual(results, [expected, expected]);
  });

  test('have nothing gathered before the last one has come so far', async (t) => {
    const [[first, second]] = await together(t, 2);
    let isDone = false;
    const early = first.gather('barrier', null).finally(() => {
      isDone = true;
    });
    await sleep(100); // many times what it takes
    assert.equal(isDone, false);
    await Promise.all([early, second.gather('barrier', null)]);
  });

  test("get worker 0's bytes, however many", async (t) => {
    const [meetings] = await together(t, 3);
    for (const length of [0, 1, 2 ** 20, 5 * 2 ** 20 + 17]) {
      const bytes = randomBytes(length);
      const received = await Promise.all(
        meetings.map((meeting) => meeting.broadcast('weights', meeting.index === 0 ? bytes : undefined)),
      );
      assert.equal(received[0], bytes);
      for (const copy of received) assert.equal(sha256(copy), sha256(bytes));
    }
  });

  test('are one worker alone, too', async (t) => {
    const [[alone]] = await together(t, 1);
    assert.deepEqual(await alone.gather('loss', 1), [1]);
    assert.deepEqual(await alone.broadcast('weights', Uint8Array.of(1, 2)), Uint8Array.of(1, 2));
  });

  test('leave their ports to other listeners, and stay connected', async (t) => {
    const [meetings, addresses] = await together(t, 3);
    const servers = addresses.map(({ port }) => net.createServer((socket) => socket.end('new')).listen(port));
    t.after(() => servers.map((server) => server.close()));
    await Promise.all(servers.map((server) => once(server, 'listening')));
    for (const { host, port } of addresses) {
      const [answer] = await once(net.connect(port, host), 'data');
      assert.equal(String(answer), 'new');
    }
    const values = await Promise.all(meetings.map((meeting) => meeting.gather('still there', meeting.index)));
    assert.deepEqual(values[2], [0, 1, 2]);
  });

  test('are told what is too much for JSON', async (t) => {
    const [[alone]] = await together(t, 1);
    await assert.rejects(alone.gather('names', 'x'.repeat(1_000_000)), {
      name: 'RangeError',
      message:
        'invalid value to gather on "names"; more than 1000000 characters as JSON: 1000002; broadcast bytes instead',
    });
  });

  for (const [what, act, there] of [
    ['gathers something else', (meeting: Meeting) => meeting.gather('rate', 0), '"rate"'],
    ['awaits a broadcast', (meeting: Meeting) => meeting.broadcast('loss'), 'the broadcast of "loss"'],
    ['leaves', (meeting: Meeting) => meeting.leave(), 'its end'],
  ] as const) {
    test(`all say so when one of them ${what}`, async (t) => {
      const [[zero, one, two], addresses] = await together(t, 3);
      const message =
        `cannot go on; ${nameOf(addresses, 1)} is at ${there}, ${nameOf(addresses, 0)} at "loss"; ` +
        'start the same program with the same options on all of them';
      const other = act(one);
      const isRefused = what === 'leaves' ? [] : [other];
      const [first, last] = [zero.gather('loss', 0), two.gather('loss', 2)];
      await allReject([zero.fault, one.fault, two.fault, first, last, ...isRefused], 'disagreement', message);
      if (what === 'leaves') await other;
    });
  }

  for (const index of [0, 1]) {
    test(`hear why worker ${index} gives up`, async (t) => {
      const [meetings, addresses] = await together(t, 3);
      const message = `cannot go on; ${nameOf(addresses, index)} gave up: the loss is NaN`;
      const others = meetings.filter((meeting) => meeting.index !== index);
      const pending = meetings.map((meeting) => meeting.gather('never', 0).catch((error) => error.message));
      await meetings[index].abort('the loss is NaN', 'disagreement');
      await allReject(
        others.map(({ fault }) => fault),
        'disagreement',
        message,
      );
      assert.ok((await Promise.all(pending)).includes(message));
      await assert.rejects(meetings[index].gather('more', 0), { message });
    });
  }

  test('may be late for the goodbye', async (t) => {
    const [[zero, one]] = await together(t, 2, { silenceSeconds: 1 });
    await zero.leave(); // which waits for a second
    await assert.rejects(one.gather('more', 0), {
      kind: 'disagreement',
      message: /worker 0 .* is at its end/,
    });
    await one.leave();
    await assert.rejects(zero.gather('more', 0), { message: 'this worker has left the others' });
  });
});

describe('before they meet', { timeout: 60_000 }, () => {
  test('a port that is taken is told by its number', async (t) => {
    const addresses = await freeAddresses(2);
    const server = net.createServer().listen(addresses[1].port);
    await once(server, 'listening');
    t.after(() => server.close());
    await allReject(
      [start(addresses, 1)],
      'port',
      `cannot train in a cluster; port ${addresses[1].port} of ${nameOf(addresses, 1)} is taken on this machine; ` +
        'end the program that has it, or give the worker another port',
    );
  });

  test('all that are there name all that are not', async () => {
    const addresses = await freeAddresses(4);
    const notices: string[] = [];
    const others = [0, 2].map((index) => {
      const onWaiting = (missing: readonly string[]) => notices.push(`${index} awaits ${missing.join()}`);
      return start(addresses, index, { startSeconds: 4, onWaiting });
    });
    const [one, three] = [nameOf(addresses, 1), nameOf(addresses, 3)];
    await allReject(
      others,
      'missing',
      `cannot train in a cluster; ${one}, ${three} were not there within 4 s; ` +
        'start them, or look whether their ports are open',
    );
    assert.deepEqual(notices.sort(), [`0 awaits ${one},${three}`, `2 awaits ${one},${three}`]);
    for (const { port } of addresses) assert.ok(await isFree(port));
  });

  test('without worker 0 the others name it', async () => {
    const addresses = await freeAddresses(3);
    await allReject(
      [1, 2].map((index) => start(addresses, index, { startSeconds: 1 })),
      'missing',
      `cannot train in a cluster; ${nameOf(addresses, 0)} was not there within 1 s; ` +
        'start it, or look whether its port is open',
    );
  });

  test('somebody else behind the address of worker 0 is not worker 0', async (t) => {
    const addresses = await freeAddresses(2);
    const server = net.createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-OpenSSH\r\n'));
    await once(server.listen(addresses[0].port), 'listening');
    t.after(() => server.close());
    await assert.rejects(start(addresses, 1, { startSeconds: 1 }), { kind: 'missing' });
  });

  test('a name that does not resolve is told when the time is up, for it may come later', async () => {
    const [address] = await freeAddresses(1);
    const addresses = [{ host: 'worker-0.invalid', port: 4000 }, address];
    await assert.rejects(start(addresses, 1, { startSeconds: 1 }), {
      kind: 'address',
      message:
        /^cannot train in a cluster; worker 0 \(worker-0\.invalid:4000\) was not found within 1 s: .+; look for a slip/,
    });
  });

  test('strangers do no harm', async (t) => {
    const addresses = await freeAddresses(2);
    const zero = start(addresses, 0);
    const oversized = Buffer.from('RLAB\xff\xff\xff\xff\0\0\0\0', 'latin1');
    const sent = [
      Buffer.from('GET / HTTP/1.1\r\nHost: worker\r\n\r\n'),
      randomBytes(100_000),
      oversized,
      Buffer.from('RLAB\0\0\0\x02\0\0\0\0{}', 'latin1'),
      Buffer.from('RLAB\0\0\0\x0e\0\0\0\0{"is":"hello"}', 'latin1'),
    ];
    for (const bytes of sent) {
      const stranger = await RawWorker.at(addresses[0]);
      stranger.socket.write(bytes);
      assert.equal(await stranger.hear('welcome'), undefined); // shown out
    }
    const half = await RawWorker.at(addresses[0]);
    t.after(() => half.socket.destroy());
    half.socket.write('RLAB\0\0'); // and nothing more
    const [first, second] = await Promise.all([zero, start(addresses, 1)]);
    assert.deepEqual((await Promise.all([first.gather('ok', 0), second.gather('ok', 1)]))[0], [0, 1]);
    await Promise.all([first.leave(), second.leave()]);
  });

  test('a worker that went away while others were awaited may come again', async () => {
    const addresses = await freeAddresses(3);
    const zero = start(addresses, 0);
    const killed = await RawWorker.at(addresses[0]);
    killed.greet(addresses, 1);
    await killed.hear('waiting');
    killed.socket.end();
    await once(killed.socket, 'close');
    const meetings = await Promise.all([zero, start(addresses, 2), start(addresses, 1)]);
    await Promise.all(meetings.map((meeting) => meeting.leave()));
  });

  test('two workers of one index are told so, and so is everyone', async () => {
    const addresses = await freeAddresses(3);
    const zero = start(addresses, 0);
    const one = await RawWorker.at(addresses[0]);
    one.greet(addresses, 1);
    await one.hear('waiting');
    const message = `cannot train in a cluster; two workers came as ${nameOf(addresses, 1)}; ${SAME}`;
    await allReject([start(addresses, 1), zero], 'disagreement', message);
    assert.deepEqual(await one.hear('fault'), { is: 'fault', kind: 'disagreement', message });
  });

  test('another list of hosts is told to both', async () => {
    const addresses = await freeAddresses(3);
    const other = [...addresses.slice(0, 2), { host: 'localhost', port: addresses[2].port }];
    const message =
      'cannot train in a cluster; the worker that came as number 1 was told that worker 2 is at ' +
      `localhost:${addresses[2].port}, ${nameOf(addresses, 0)} that it is at 127.0.0.1:${addresses[2].port}; ${SAME}`;
    const both = [start(addresses, 0), start(other, 1)];
    await allReject(both, 'disagreement', message);
  });

  test('another number of workers is told to both', async () => {
    const addresses = await freeAddresses(3);
    const message =
      'cannot train in a cluster; the worker that came as number 1 was started as one of 2, ' +
      `${nameOf(addresses, 0)} as one of 3; ${SAME}`;
    const fewer = start(addresses.slice(0, 2), 1);
    await allReject([start(addresses, 0), fewer], 'disagreement', message);
  });

  test('a second worker 0 finds out the first, and the first it', async () => {
    const addresses = await freeAddresses(2);
    const zero = start(addresses, 0);
    const second = await RawWorker.at(addresses[0]);
    second.say({ is: 'probe', index: 0, token: 'not its own' });
    assert.equal((await second.hear('here'))?.index, 0);
    const message = `cannot train in a cluster; two workers were started as ${nameOf(addresses, 0)}; ${SAME}`;
    await allReject([zero], 'disagreement', message);
  });

  test('workers whose places are exchanged are told who answers', async () => {
    const addresses = await freeAddresses(2);
    const exchanged = [...addresses].reverse(); // both are told to be worker 1, and look for worker 0 at each other's address
    await Promise.all(
      [addresses, exchanged].map((list) =>
        allReject(
          [start(list, 1)],
          'disagreement',
          `cannot train in a cluster; worker 1 answers where ${nameOf(list, 0)} should be; ${SAME}`,
        ),
      ),
    );
  });

  test('a worker that cannot be reached at its address is named by all', async () => {
    const addresses = await freeAddresses(3);
    const others = [0, 1].map((index) => start(addresses, index, { silenceSeconds: 1 }));
    const two = await RawWorker.at(addresses[0]); // and listens nowhere
    two.greet(addresses, 2);
    await two.hear('welcome');
    two.say({ is: 'say', at: '"who is reached"', value: [] });
    const beat = setInterval(() => two.say({ is: 'beat' }), 100);
    const message =
      `cannot train in a cluster; ${nameOf(addresses, 0)} cannot reach ${nameOf(addresses, 2)}: connection refused ` +
      '(and 1 more like this); every worker has to reach every other one; ' +
      `look at firewalls, and at what 127.0.0.1:${addresses[2].port} means to worker 0`;
    await allReject(others, 'missing', message);
    clearInterval(beat);
    assert.deepEqual(await two.hear('fault'), { is: 'fault', kind: 'missing', message });
  });
});

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
