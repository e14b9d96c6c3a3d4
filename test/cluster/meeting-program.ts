/**
 * A worker without TensorFlow: `meeting-program.ts PLAN`, the plan being JSON. It says as lines of JSON what happens to it, and ends by
 * itself once nothing keeps it alive, with the exit code of its fault.
 */
import { createHash } from 'node:crypto';
import { ClusterError } from '../../lib/src/cluster/cluster-error';
import { type Meeting, type MeetingOptions, meet } from '../../lib/src/cluster/meeting';

export interface Plan extends Omit<MeetingOptions, 'onWaiting'> {
  readonly acts: readonly Act[];
}

export type Act =
  | { readonly act: 'gather'; readonly value: unknown }
  /** Of worker 0's bytes, so many of them. */
  | { readonly act: 'broadcast'; readonly length: number }
  /** Stands still, timers and all. */
  | { readonly act: 'block'; readonly seconds: number }
  /** For worker 0's bytes, without waiting for them. */
  | { readonly act: 'ask' }
  | { readonly act: 'abort'; readonly reason: string }
  /** Until it is killed, or a fault comes. */
  | { readonly act: 'wait' }
  | { readonly act: 'leave' };

export type Line =
  | { readonly did: 'begin' | 'meet' | 'ask' | 'block' | 'abort' | 'leave' }
  | { readonly did: 'gather'; readonly values: readonly unknown[] }
  | { readonly did: 'broadcast'; readonly sha256: string }
  | { readonly did: 'fail'; readonly kind: string; readonly message: string };

function say(line: Line): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function perform(meeting: Meeting, act: Act): Promise<Line> {
  switch (act.act) {
    case 'gather':
      return { did: 'gather', values: await meeting.gather('values', act.value) };
    case 'broadcast': {
      const own = meeting.index === 0 ? new Uint8Array(act.length).fill(7) : undefined;
      const bytes = await meeting.broadcast('bytes', own);
      return { did: 'broadcast', sha256: createHash('sha256').update(bytes).digest('hex') };
    }
    case 'block':
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, act.seconds * 1000);
      return { did: 'block' };
    case 'ask':
      meeting.broadcast('bytes').catch(() => {});
      return { did: 'ask' };
    case 'abort':
      await meeting.abort(act.reason);
      return { did: 'abort' };
    case 'wait':
      return meeting.fault;
    case 'leave':
      await meeting.leave();
      return { did: 'leave' };
  }
}

async function main({ acts, ...options }: Plan): Promise<void> {
  say({ did: 'begin' });
  try {
    const meeting = await meet(options);
    say({ did: 'meet' });
    for (const act of acts) say(await perform(meeting, act));
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    say({ did: 'fail', kind: error.kind, message: error.message });
    process.exitCode = error.exitCode;
  }
}

if (require.main === module) main(JSON.parse(process.argv[2]));
