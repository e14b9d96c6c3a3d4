/**
 * One process at a time writes a run. The kernel keeps the lock, flock(2) on the file `lock` in the run's directory, and gives it
 * back when the process ends, however it ends. What the file holds is only for the message to a second one; it stays there.
 *
 * Where koffi cannot be loaded, or the file system has no locks, the file itself is the lock: made by one process, taken over
 * when that one is dead.
 */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { koffi } from '../tensorflow/koffi';

export interface RunLock {
  /** Lets the next one in; a second call does nothing. */
  release(): void;
}

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Time of day, ISO 8601. */
  readonly since: string;
  /** {@link startTime} of the process; tells it from a later one with the same id. */
  readonly started: string;
}

/**
 * Locks a run for as long as this process lives, or until it is released.
 *
 * @param directory the run's; made if it is not there
 * @throws Error when another process, or this one, has the lock
 */
export async function lockRun(directory: string): Promise<RunLock> {
  fs.mkdirSync(directory, { recursive: true });
  const file = path.join(directory, 'lock');
  const owner: Owner = {
    pid: process.pid,
    host: os.hostname(),
    since: new Date().toISOString(),
    started: startTime(process.pid),
  };
  return lockByKernel(file, owner) ?? (await lockByFile(file, owner));
}

const LOCK_EXCLUSIVE = 2; // sys/file.h, on Linux and macOS alike
const LOCK_NO_WAIT = 4;

/** Undefined where flock(2) cannot be called. */
function lockByKernel(file: string, owner: Owner): RunLock | undefined {
  if (!koffi) return undefined;
  const flock = koffi.load(null).func('int flock(int fd, int operation)');
  // a descriptor, for a FileHandle is closed, and the lock with it, when nothing refers to it any more; children get no copy
  const fd = fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_CREAT);
  if (flock(fd, LOCK_EXCLUSIVE | LOCK_NO_WAIT) !== 0) {
    const taken = koffi.errno() === koffi.os.errno.EAGAIN;
    fs.closeSync(fd);
    if (taken) throw refusal(file, read(file));
    return undefined;
  }
  try {
    fs.ftruncateSync(fd);
    fs.writeSync(fd, JSON.stringify(owner));
  } catch {
    // a full disk: the lock holds all the same
  }
  let held = true;
  return {
    release() {
      if (held) fs.closeSync(fd);
      held = false;
    },
  };
}

const SETTLED_AFTER = 30; // milliseconds

async function lockByFile(file: string, owner: Owner): Promise<RunLock> {
  for (;;) {
    if (create(file, owner)) {
      // two may have taken over the lock of a dead one at the same instant: the one whose file is still there has it
      await sleep(SETTLED_AFTER);
      if (isSame(read(file), owner)) break;
    }
    const other = read(file);
    if (other && isAlive(other)) throw refusal(file, other, `; or delete ${file} if that process is gone`);
    if (isSame(read(file), other)) fs.rmSync(file, { force: true });
  }
  return {
    release() {
      if (isSame(read(file), owner)) fs.rmSync(file, { force: true });
    },
  };
}

/** False where the file is there already; it never exists without its content. */
function create(file: string, owner: Owner): boolean {
  const aside = `${file}.${randomUUID()}.tmp`;
  fs.writeFileSync(aside, JSON.stringify(owner));
  try {
    fs.linkSync(aside, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(aside, { force: true });
  }
}

function read(file: string): Owner | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function isSame(a: Owner | undefined, b: Owner | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Of a process on another host nothing can be known: it counts as alive. */
function isAlive({ pid, host, started }: Owner): boolean {
  return host !== os.hostname() || startTime(pid) === started;
}

/** Clock ticks from boot to the start of a process (field 22 of proc_pid_stat(5)); empty where no such process runs. */
function startTime(pid: number): string {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from the third on, the state
    return fields[0] === 'Z' ? '' : fields[19]; // a killed process that nobody has waited for
  } catch {
    return '';
  }
}

function refusal(file: string, owner: Owner | undefined, remedy = ''): Error {
  const who = owner ? `process ${owner.pid} on ${owner.host} has it since ${owner.since}` : 'another has it';
  const run = path.dirname(file);
  return new Error(
    `cannot write run ${run}; one process at a time: ${who}; wait for it, or choose another run${remedy}`,
  );
}
