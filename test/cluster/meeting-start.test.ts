/** How workers meet, all of them in this process, and why they may not. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { describe, test } from 'node:test';
import type { Address } from '../../lib/src/cluster/addresses';
import { type Meeting, type MeetingOptions, meet } from '../../lib/src/cluster/meeting';
import { nameOf } from '../../lib/src/cluster/messages';
import { isFree } from '../../tools/free-ports';
import { allReject } from './all-reject';
import { freeAddresses } from './free-ports';
import { RawWorker } from './raw-worker';

const START = { startSeconds: 20, silenceSeconds: 5 };
const SAME = 'start the same program with the same hosts on all of them, each with its own index';

/** One worker on its way, which may be looked at later. */
function start(addresses: Address[], index: number, options: Partial<MeetingOptions> = {}): Promise<Meeting> {
  const meeting = meet({ addresses, index, ...START, ...options });
  meeting.catch(() => {});
  return meeting;
}

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
