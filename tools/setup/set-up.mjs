// @ts-check
/**
 * Brings a checkout to where notebooks and tests can run:
 *
 * machine -> .venv (JupyterLab and its settings) -> node_modules -> TensorFlow -> its addon -> the kernel -> lib/dist
 *
 * Each step knows whether it is done, writes beside its place and renames, so that it may be killed anywhere and the next set-up goes on from there.
 */
import fs from 'node:fs';
import { addon } from './addon.mjs';
import { checkoutAt } from './checkout.mjs';
import { chooseDevice, rememberDevice } from './device.mjs';
import { jupyterSettings } from './jupyter-settings.mjs';
import { kernel } from './kernel.mjs';
import { library } from './library.mjs';
import { acquireLock } from './lock.mjs';
import {
  checkDisk,
  checkNode,
  checkPlatform,
  checkWritable,
  describeMachine,
  freeDisk,
  glibcVersion,
} from './machine.mjs';
import { npmPackages } from './npm-packages.mjs';
import { createProgress, seconds } from './progress.mjs';
import { pythonEnvironment } from './python-environment.mjs';
import { runCommand } from './run-command.mjs';
import { tensorflow } from './tensorflow.mjs';

/** @typedef {import('./checkout.mjs').Checkout} Checkout */
/** @typedef {import('./device.mjs').Device} Device */
/** @typedef {import('./progress.mjs').Line} Line */
/** @typedef {Omit<Parameters<typeof runCommand>[2], 'log' | 'onChild'>} RunOptions */

/**
 * @typedef {object} State what decides whether a step is done
 * @property {Checkout} checkout
 * @property {Device} device
 */

/**
 * @typedef {State & {
 *   run(command: string, args: readonly string[], options?: RunOptions): ReturnType<typeof runCommand>
 * }} Setup
 */

/**
 * @typedef {object} Step
 * @property {(state: State) => string} title
 * @property {(state: State) => boolean} isDone within milliseconds
 * @property {(state: State) => number} bytes of disk that `run` takes
 * @property {(setup: Setup, line: Line) => Promise<void>} run throws a SetupError where the reader can do something about it
 */

/** @type {readonly Step[]} */
const STEPS = [pythonEnvironment, jupyterSettings, npmPackages, tensorflow, addon, kernel, library];

/**
 * @param {string} root the checkout's folder
 * @param {object} options
 * @param {Device} [options.device] asked for now, and remembered
 * @param {string} [options.nodeVersion] as in process.versions.node
 * @param {NodeJS.WriteStream} [options.output]
 * @returns {Promise<void>}
 */
export async function setUp(
  root,
  { device: option, nodeVersion = process.versions.node, output = process.stdout } = {},
) {
  checkNode(nodeVersion);
  const checkout = checkoutAt(root);
  const state = { checkout, device: chooseDevice(checkout, option) };
  if (option) {
    checkWritable(checkout);
    rememberDevice(checkout, option);
  }
  if (pendingSteps(state).length === 0) return;

  checkPlatform(process.platform, process.arch, glibcVersion());
  checkWritable(checkout);
  const progress = createProgress(output);
  const began = Date.now();
  const lock = await acquireLock(checkout.lock, (pid) =>
    output.write(`another set-up of this checkout is running (process ${pid}); waiting for it\n`),
  );
  try {
    fs.writeFileSync(checkout.log, `set-up of ${new Date().toISOString()} with Node ${nodeVersion}\n`);
    const needed = bytesMissing(state);
    const free = freeDisk(root);
    const of = STEPS.length + 1;
    progress.step(1, of, 'machine').say(describeMachine(needed, free));
    checkDisk(needed, free, state.device === 'gpu');
    const run = (
      /** @type {string} */ command,
      /** @type {readonly string[]} */ args,
      /** @type {RunOptions} */ options = {},
    ) => runCommand(command, args, { cwd: root, ...options, log: checkout.log, onChild: lock.noteChild });
    for (const [index, step] of STEPS.entries()) {
      const line = progress.step(index + 2, of, step.title(state));
      if (step.isDone(state)) line.say('there');
      else await step.run({ ...state, run }, line);
    }
    output.write(`set-up complete in ${seconds(Date.now() - began)}\n`);
  } catch (error) {
    progress.breakOff();
    throw error;
  } finally {
    lock.release();
  }
}

/** @param {State} state */
function pendingSteps(state) {
  return STEPS.filter((step) => !step.isDone(state));
}

/**
 * @param {State} state
 * @returns {number} bytes of disk that the steps which are not done will take
 */
export function bytesMissing(state) {
  return pendingSteps(state).reduce((sum, step) => sum + step.bytes(state), 0);
}
