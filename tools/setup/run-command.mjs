// @ts-check
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const KEPT_OUTPUT = 200_000; // characters: enough for the messages that explain a failure; the log has everything

/**
 * @typedef {object} Outcome
 * @property {boolean} ok exit status 0
 * @property {boolean} missing there is no such command
 * @property {string} output standard output and error, in the order they came (the end of them, where they are long)
 */

/**
 * Runs a command to its end with its output in the log, never on the screen.
 *
 * It gets a process group of its own, so that it can be ended together with what it starts (venv runs pip, a compiler its
 * linker); when this process exits, by a signal or not, the group is ended as well.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {object} options
 * @param {string} options.log file that the command and its output are appended to
 * @param {string} [options.cwd]
 * @param {NodeJS.ProcessEnv} [options.env] the whole environment; this process's own by default
 * @param {(pid: number | undefined) => void} [options.onChild] told the process id at the start, `undefined` at the end
 * @returns {Promise<Outcome>}
 */
export function runCommand(command, args, { log, cwd, env, onChild }) {
  appendToLog(log, `\n$ ${[command, ...args].join(' ')}\n`);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const endWithUs = () => endGroup(child.pid, 'SIGTERM');
    process.on('exit', endWithUs);
    let output = '';
    const keep = (/** @type {Buffer} */ chunk) => {
      appendToLog(log, chunk);
      output = (output + chunk.toString()).slice(-KEPT_OUTPUT);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    onChild?.(child.pid);
    child.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      process.off('exit', endWithUs);
      onChild?.(undefined);
      appendToLog(log, `${error.message}\n`);
      if (error.code === 'ENOENT' || error.code === 'EACCES') resolve({ ok: false, missing: true, output });
      else reject(error);
    });
    child.on('close', (code, signal) => {
      process.off('exit', endWithUs);
      onChild?.(undefined);
      if (code !== 0) appendToLog(log, `(ended with ${signal ?? `status ${code}`})\n`);
      resolve({ ok: code === 0, missing: false, output });
    });
  });
}

/**
 * Adds to the log where that is possible; a full disk must not end the set-up before it has said so in its own words.
 * @param {string} log
 * @param {string | Buffer} text
 * @returns {boolean} whether there is a log
 */
export function appendToLog(log, text) {
  try {
    fs.mkdirSync(path.dirname(log), { recursive: true });
    fs.appendFileSync(log, text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Signals a process group.
 * @param {number | undefined} pid of its first process
 * @param {NodeJS.Signals | 0} signal 0 only asks
 * @returns {boolean} false where there is no such group
 */
export function endGroup(pid, signal) {
  if (pid === undefined) return false;
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}
