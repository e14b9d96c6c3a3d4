/**
 * How the workers of a cluster keep together: who is there, what they have to agree on, and who is lost. It needs no TensorFlow, which
 * knows neither deadlines nor goodbyes; a star around worker 0 over plain TCP.
 *
 *     all listen ──► all are there ──────► all reach all ──► ports are free ──► gather, broadcast, ... ──► leave
 *     door.ts        reception.ts          neighbours.ts     for TensorFlow     star.ts, over link.ts
 *                    find-worker-zero.ts
 */
import type { Address } from './addresses';
import type { ClusterFault } from './cluster-error';
import { Door } from './door';
import { findWorkerZero } from './find-worker-zero';
import { complaintOf, probeAll } from './neighbours';
import { awaitWorkers } from './reception';
import { Star } from './star';

export interface MeetingOptions {
  /** Of all workers, worker 0 first; the same list for everyone. */
  readonly addresses: readonly Address[];
  /** Which of them this worker is. */
  readonly index: number;
  /** Until when all have to be there. */
  readonly startSeconds: number;
  /** A worker of which nothing is heard for so long is lost; longer than any computation that blocks the event loop. */
  readonly silenceSeconds: number;
  /** Called after three seconds, and then every ten, with who is awaited: `worker 1 (b:4000)`. */
  readonly onWaiting?: (missing: readonly string[]) => void;
}

/** A worker's place among the others. All workers call `gather`, `broadcast` and `leave` in the same order, with the same topics. */
export interface Meeting {
  readonly index: number;
  readonly size: number;
  /**
   * What every worker says on a topic, in the order of the workers. Nobody has it before all have come so far.
   *
   * @param value what JSON can carry (NaN becomes null), a million characters of it at most; the answer is the same for everyone
   * @throws RangeError if the value is longer
   * @throws ClusterError the fault, or 'disagreement' if another worker is at another topic
   */
  gather<T>(topic: string, value: T): Promise<T[]>;
  /**
   * Worker 0's bytes, for everyone. Worker 0 gets its own back, and may change them from then on.
   *
   * @param bytes worker 0's; the others give none
   * @throws ClusterError as `gather`
   */
  broadcast(topic: string, bytes?: Uint8Array): Promise<Uint8Array>;
  /** Rejects once when a worker is lost or gives up, after the others have been told; all say the same. Never resolves. */
  readonly fault: Promise<never>;
  /**
   * Tells all others why this worker gives up, and closes; what is being gathered here is rejected, too. Without effect after a
   * fault or a goodbye.
   *
   * @param reason an error's message
   * @param kind what their error is to be; default 'lost'
   */
  abort(reason: string, kind?: ClusterFault): Promise<void>;
  /** The end: waits up to `silenceSeconds` for the others to come to it as well, and closes. Never rejects. */
  leave(): Promise<void>;
}

/**
 * Meets the other workers. When it resolves, on all of them at once, everyone has reached everyone at the listed addresses, and nobody
 * listens there any more.
 *
 * @throws ClusterError 'port', 'missing', 'address', 'disagreement' or 'lost'
 */
export async function meet(options: MeetingOptions): Promise<Meeting> {
  const { addresses, index, silenceSeconds } = options;
  const door = await Door.open(addresses, index);
  try {
    const links = index === 0 ? await awaitWorkers(door, options) : [await findWorkerZero(door, options)];
    const star = new Star(options, links);
    const reports = await star.gather('who is reached', await probeAll(addresses, door, silenceSeconds));
    const complaint = complaintOf(addresses, reports);
    if (complaint) {
      if (index === 0) star.end(complaint);
      return await star.fault; // for the others it comes from worker 0: one that ended by itself would seem lost
    }
    door.close();
    await star.gather('nobody listens', null);
    return star;
  } finally {
    door.close();
  }
}
