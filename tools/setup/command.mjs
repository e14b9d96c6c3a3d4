// @ts-check
/** What the npm scripts share: a set-up first, failures in one sentence, and a program that takes over the terminal. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { checkoutAt } from './checkout.mjs';
import { takeDeviceOption } from './device.mjs';
import { explainFileError } from './explain-failure.mjs';
import { appendToLog } from './run-command.mjs';
import { setUp } from './set-up.mjs';
import { SetupError } from './setup-error.mjs';

/** @type {readonly NodeJS.Signals[]} */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a script's main function and ends the process with the status it gives.
 * @param {(root: string, args: string[]) => Promise<number>} main
 */
export function runScript(main) {
  const root = path.dirname(path.dirname(fs.realpathSync(process.argv[1])));
  for (const signal of SIGNALS) {
    process.once(signal, () => {
      process.stderr.write('\ninterrupted; the next run goes on from here\n');
      process.exit(128 + os.constants.signals[signal]);
    });
  }
  const fail = (/** @type {unknown} */ error) => process.exit(report(error, checkoutAt(root).log, root));
  process.on('uncaughtException', fail);
  main(root, process.argv.slice(2)).then((status) => {
    process.exitCode = status;
  }, fail);
}

/**
 * Sets up what is missing; `--cpu` and `--gpu` are for the set-up, the rest for the caller.
 * @param {string} root
 * @param {readonly string[]} args
 * @returns {Promise<string[]>} the arguments that remain
 */
export async function setUpFirst(root, args) {
  const { device, rest } = takeDeviceOption(args);
  await setUp(root, { device });
  return rest;
}

/**
 * Runs a program in this terminal. Its status is ours, a signal to us is one to it.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 * @returns {Promise<number>} exit status
 */
export function runInTerminal(command, args, cwd) {
  for (const signal of SIGNALS) process.removeAllListeners(signal);
  const child = spawn(command, args, { cwd, stdio: 'inherit' });
  const forward = (/** @type {NodeJS.Signals} */ signal) => {
    // a terminal's Ctrl-C reaches the child by itself, and a second one would mean "at once"
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      for (const name of SIGNALS) process.off(name, forward);
      resolve(code ?? 128 + (signal ? os.constants.signals[signal] : 1));
    });
  });
}

/**
 * @param {unknown} failure
 * @param {string} log
 * @param {string} root
 * @returns {number} exit status
 */
function report(failure, log, root) {
  const error = explainFileError(failure, 'the set-up');
  const known = error instanceof SetupError;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const hasLog = appendToLog(log, `\n${stack}\n`);
  const lines = [
    `stopped: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`,
    `  remedy:  ${known ? error.remedy : 'this is a fault of resnet-lab; please report it with the log'}`,
    ...(hasLog ? [`  details: ${path.relative(root, log)}`] : []),
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
  return 1;
}
