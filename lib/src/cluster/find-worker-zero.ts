import { setTimeout as sleep } from 'node:timers/promises';
import type { Door } from './door';
import { Link, type Word } from './link';
import type { MeetingOptions } from './meeting';
import { asMessage, hello, nameOf } from './messages';
import { giveNotices } from './notices';
import { reach, Unreached } from './reach';
import { missing, notFound, wrongPlace } from './start-faults';

const AGAIN_AFTER = 300; // milliseconds
const GONE = new Error('gone before the beginning');

/**
 * How every worker but worker 0 begins: the link to worker 0, once all are there.
 *
 * @throws ClusterError 'missing' or 'address' if worker 0 is not found; or what worker 0 says
 */
export async function findWorkerZero(door: Door, options: MeetingOptions): Promise<Link> {
  const { addresses, index, startSeconds, onWaiting } = options;
  const until = performance.now() + startSeconds * 1000;
  const zero = [nameOf(addresses, 0)];
  let awaited: readonly string[] = zero;
  const stopNotices = giveNotices(onWaiting, () => awaited);
  door.onHello = (connection, word) => {
    connection.send(asMessage(wrongPlace(index, word.hosts[0])));
    connection.close();
  };
  try {
    for (;;) {
      const link = await enter(door, options, until);
      let isWelcome = false; // from then on its end is the meeting's affair
      link.ended.then(async (end) => {
        if (!isWelcome) await link.close(end.why === 'told' ? end.error : GONE);
      });
      for (let word = await answer(link, until); word; word = await answer(link)) {
        isWelcome = word.is === 'welcome';
        if (isWelcome) return link;
        if (word.is === 'waiting') awaited = word.missing;
      }
      if (performance.now() >= until) throw missing(zero, startSeconds);
      awaited = zero; // whoever was there is gone; worker 0 may come again, or at last
      await sleep(AGAIN_AFTER);
    }
  } finally {
    stopNotices();
  }
}

async function enter(door: Door, options: MeetingOptions, until: number): Promise<Link> {
  const { addresses, startSeconds, silenceSeconds } = options;
  try {
    const connection = await reach(addresses[0], { until }, async (connection) => connection);
    const link = new Link(connection, nameOf(addresses, 0), silenceSeconds);
    link.send(hello(addresses, door.self));
    return link;
  } catch (error) {
    if (!(error instanceof Unreached)) throw error;
    if (error.isUnknown) throw notFound(addresses, 0, startSeconds, error);
    throw missing([nameOf(addresses, 0)], startSeconds);
  }
}

/**
 * The next word of worker 0; undefined if it is gone, or has said nothing when the time is up.
 *
 * @throws ClusterError that it tells of
 */
async function answer(link: Link, until?: number): Promise<Word | undefined> {
  const timer = until && setTimeout(() => link.close(GONE), until - performance.now());
  try {
    return await link.next();
  } catch (error) {
    if (error === GONE) return undefined;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
