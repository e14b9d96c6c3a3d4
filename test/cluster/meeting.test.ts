/** What workers do that have met, all of them in this process. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from '../../lib/src/cluster/addresses';
import { type Meeting, type MeetingOptions, meet } from '../../lib/src/cluster/meeting';
import { nameOf } from '../../lib/src/cluster/messages';
import { allReject } from './all-reject';
import { freeAddresses } from './free-ports';

const START = { startSeconds: 20, silenceSeconds: 5 };

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

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
