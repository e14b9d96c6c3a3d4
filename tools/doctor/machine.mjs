// @ts-check
/** Node, the system, its disk and its memory. */
import fs from 'node:fs';
import os from 'node:os';
import { checkNode, checkPlatform, freeDisk, glibcVersion } from '../setup/machine.mjs';
import { size } from '../setup/progress.mjs';
import { bytesMissing } from '../setup/set-up.mjs';
import { SetupError } from '../setup/setup-error.mjs';
import { TESTED_NODE } from '../setup/versions.mjs';
import { broken, ok, optional } from './finding.mjs';

/** @typedef {import('./finding.mjs').Finding} Finding */

const ENOUGH_MEMORY = 2e9; // bytes: JupyterLab, a kernel that trains, and a browser
const ENOUGH_DISK = 1e9; // bytes: the data sets with their archives, models, executed notebooks

/**
 * @param {import('../setup/set-up.mjs').State} state
 * @returns {Finding[]}
 */
export function examineMachine(state) {
  return [node(process.versions.node), system(), disk(state), memory(availableMemory())];
}

/**
 * @param {string} version as in process.versions.node
 * @returns {Finding}
 */
export function node(version) {
  const name = 'Node';
  const tested = TESTED_NODE.includes(Number.parseInt(version, 10));
  return judge(name, () => checkNode(version)) ?? ok(name, `${version}${tested ? '' : ' (untested)'}`);
}

/** @returns {Finding} */
function system() {
  const name = 'system';
  const glibc = glibcVersion();
  const untested = process.arch === 'x64' ? '' : ' (untested)';
  return (
    judge(name, () => checkPlatform(process.platform, process.arch, glibc)) ??
    ok(name, `Linux ${os.release()} ${process.arch}${untested}, glibc ${glibc}`)
  );
}

/**
 * @param {import('../setup/set-up.mjs').State} state
 * @returns {Finding}
 */
function disk(state) {
  const needed = bytesMissing(state) + ENOUGH_DISK;
  const free = freeDisk(state.checkout.root);
  return free >= needed
    ? ok('free disk', size(free))
    : broken('free disk', `${size(free)} of the ${size(needed)} that are needed`, 'free some space');
}

/**
 * @param {number} bytes
 * @returns {Finding}
 */
export function memory(bytes) {
  return bytes >= ENOUGH_MEMORY
    ? ok('free memory', size(bytes))
    : optional('free memory', `${size(bytes)}; training in JupyterLab may run out`, 'close other programs');
}

/** @returns {number} bytes, what the page cache would give back included */
function availableMemory() {
  try {
    const [, kilobytes] = fs.readFileSync('/proc/meminfo', 'utf8').match(/^MemAvailable:\s+(\d+)/m) ?? [];
    return Number(kilobytes) * 1024 || os.freemem();
  } catch {
    return os.freemem();
  }
}

/**
 * @param {string} name
 * @param {() => void} check
 * @returns {Finding | undefined} the set-up's own refusal
 */
function judge(name, check) {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof SetupError) return broken(name, error.message, error.remedy);
    throw error;
  }
}
