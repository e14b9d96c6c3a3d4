/** `npm run train -- --local N`: several workers on this machine, all started again when one of them is lost. */
import { type ChildProcess, spawn } from 'node:child_process';
import { EXIT_CODES } from '../../lib/src/cluster/cluster-error';
import { freeHosts } from '../free-ports';
import { gpuOf, visibleGpus } from './gpus';

export interface LocalOptions {
  readonly workers: number;
  /** Of a worker, without those that say which it is. */
  readonly command: readonly string[];
  /** What is added to it from the second start on. */
  readonly again: readonly string[];
  readonly cwd: string;
  /** One for each worker, in turn; default those that this process sees. */
  readonly gpus?: readonly string[];
  /** Told why all are started again, and how often that was. */
  readonly onMessage: (message: string) => void;
  /** A start that lasts less long is in vain; default 60 seconds. */
  readonly leastSeconds?: number;
  /**
   * Milliseconds that the others have to end by themselves when one has failed; default 10,000. Who has met it notices within one or two
   * seconds; who still waits for it at the start would do so for `--start-seconds`.
   */
  readonly graceMs?: number;
}

/** Ended by a signal, as one that the kernel kills for its memory, or by these: what another start may mend. */
const WORTH_ANOTHER_START: readonly (number | undefined)[] = [undefined, EXIT_CODES.lost, EXIT_CODES.missing];

export const INTERRUPTED = 130; // as a shell reports a program that Ctrl-C ended

/** Milliseconds that the others have when one has stopped because it was asked to: worker 0 still saves a checkpoint. */
const STOPPED_WITHIN = 90_000;

/** Starts in a row that lasted too short a time; after so many there is no other. */
const FUTILE_STARTS = 3;

/**
 * Runs the workers until all have ended well, and starts them again whenever one was killed or lost another one; the command has to go on
 * from the last checkpoint by itself. Gives up after three starts in a row that were in vain.
 *
 * @returns the status to exit with: 0, or that of the first worker that failed for good
 */
export async function runLocally(options: LocalOptions): Promise<number> {
  const { workers, command, again, cwd, gpus = visibleGpus(), onMessage } = options;
  const { leastSeconds = 60, graceMs = 10_000 } = options;
  let futile = 0;
  let more: readonly string[] = [];
  let interrupted = false;
  for (;;) {
    const hosts = (await freeHosts(workers)).join(',');
    const began = performance.now();
    const children = Array.from({ length: workers }, (_, index) => {
      const [program, ...args] = [...command, ...more, '--hosts', hosts, '--index', String(index)];
      const env = { ...process.env, ...gpuOf(index, gpus) };
      return spawn(program, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
    });
    const forward = (signal: NodeJS.Signals) => {
      interrupted = true;
      // a terminal's Ctrl-C reaches them by itself, and a second one would mean "at once"
      if (signal !== 'SIGINT' || !process.stdin.isTTY) for (const child of children) child.kill(signal);
    };
    process.on('SIGINT', forward).on('SIGTERM', forward);
    const ends = await ended(children, graceMs).finally(() => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
    });
    if (ends.every(({ code }) => code === 0)) return 0;
    const final = ends.find(({ code }) => code !== 0 && !WORTH_ANOTHER_START.includes(code ?? undefined));
    if (final) return final.code!;
    const [first] = ends.filter(({ code }) => code !== 0);
    if (interrupted) return first.code ?? 1;
    futile = performance.now() - began < 1000 * leastSeconds ? futile + 1 : 0;
    if (futile >= FUTILE_STARTS) {
      onMessage(
        `giving up; ${futile} starts in a row lasted less than ${leastSeconds} s: look at what the workers said`,
      );
      return first.code ?? 1;
    }
    const how = first.signal ? `was ended by ${first.signal}` : `ended with status ${first.code}`;
    more = again;
    onMessage(
      `worker ${first.index} ${how}; starting all ${workers} workers again, from the last checkpoint`,
    );
  }
}

interface End {
  readonly index: number;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** In the order in which they ended. When one has failed the others get some time, and then are killed: none is left. */
function ended(children: readonly ChildProcess[], graceMs: number): Promise<End[]> {
  return new Promise((resolve) => {
    const ends: End[] = [];
    let timer: NodeJS.Timeout | undefined;
    for (const [index, child] of children.entries()) {
      child.once('error', () => child.emit('exit', 1, null)); // it could not be started
      child.once('exit', (code: number | null, signal: NodeJS.Signals | null) => {
        ends.push({ index, code, signal });
        const patience = code === INTERRUPTED ? STOPPED_WITHIN : graceMs;
        if (code !== 0) timer ??= setTimeout(() => killAll(children), patience);
        if (ends.length < children.length) return;
        clearTimeout(timer);
        resolve(ends);
      });
    }
  });
}

function killAll(children: readonly ChildProcess[]): void {
  for (const child of children)
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
}
