// @ts-check
/**
 * One set-up at a time in a checkout.
 *
 * The lock is a file that names its process and the command this is running. When that process is dead (killed, machine
 * restarted) the next set-up takes the lock over, after it has ended a command that outlived its parent, since a left-over
 * `npm ci` would go on deleting and writing under our feet.
 */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endGroup } from './run-command.mjs';

/**
 * @typedef {object} Owner
 * @property {number} pid
 * @property {string} started the kernel's start time of that process; tells it from a later one with the same id
 * @property {number} [child] first process of the group of the command that is running
 * @property {string} [childStarted]
 */

/**
 * Waits until the lock is free, then holds it.
 * @param {string} file
 * @param {(pid: number) => void} onWait told once, with the process that has the lock
 * @param {number} [interval] milliseconds between two looks
 */
export async function acquireLock(file, onWait, interval = 500) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  /** @type {Owner} */
  const self = { pid: process.pid, started: startTime(process.pid) };
  let told = false;
  for (;;) {
    if (create(file, self)) {
      // Two processes may have taken over the same dead lock within the same instant: the one whose file is still there has it.
      await sleep(30);
      if (read(file)?.pid === self.pid) break;
      continue;
    }
    const owner = read(file);
    if (owner && isAlive(owner.pid, owner.started)) {
      if (!told) onWait(owner.pid);
      told = true;
      await sleep(interval);
    } else {
      if (owner?.child) await endLeftover(owner.child, owner.childStarted ?? '');
      if (JSON.stringify(read(file)) === JSON.stringify(owner)) fs.rmSync(file, { force: true });
    }
  }
  return {
    /**
     * Notes the command that runs under this lock.
     * @param {number | undefined} child its process id; `undefined` when it ended
     */
    noteChild(child) {
      const note = child === undefined ? self : { ...self, child, childStarted: startTime(child) };
      const aside = `${file}.${process.pid}.tmp`;
      try {
        fs.writeFileSync(aside, JSON.stringify(note));
        fs.renameSync(aside, file);
      } catch {
        // a full disk: the lock still holds, and the command itself will say what is wrong
      }
    },
    release() {
      if (read(file)?.pid === self.pid) fs.rmSync(file, { force: true });
    },
  };
}

/**
 * @param {string} file
 * @param {Owner} owner
 * @returns {boolean} false where the file is there already
 */
function create(file, owner) {
  const aside = `${file}.${process.pid}.tmp`;
  fs.writeFileSync(aside, JSON.stringify(owner));
  try {
    fs.linkSync(aside, file); // unlike open-then-write, the file never exists without its content
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(aside, { force: true });
  }
}

/**
 * @param {string} file
 * @returns {Owner | undefined}
 */
function read(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * @param {number} pid
 * @returns {string} clock ticks since boot (field 22 of proc_pid_stat(5)); empty where no such process runs
 */
function startTime(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from the third on, the state
    return fields[0] === 'Z' ? '' : fields[19]; // a killed process stays as a zombie where nobody waits for it: in many containers
  } catch {
    return '';
  }
}

/**
 * @param {number} pid
 * @param {string} started
 */
function isAlive(pid, started) {
  return started !== '' && startTime(pid) === started;
}

/**
 * Ends a command that outlived its set-up, with all that it started.
 * @param {number} pid of the first process of its group
 * @param {string} started
 */
async function endLeftover(pid, started) {
  // a process id is not given away while its group lives, so only a first process of another age means another group
  if (![started, ''].includes(startTime(pid)) || !endGroup(pid, 'SIGTERM')) return;
  for (let look = 0; look < 50 && endGroup(pid, 0); look++) await sleep(100);
  endGroup(pid, 'SIGKILL');
}
