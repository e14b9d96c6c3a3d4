/** `.venv-peers`: Keras and PyTorch in an environment of their own, made when a measurement first needs it. */
import fs from 'node:fs';
import path from 'node:path';
import { checkoutAt } from '../setup/checkout.mjs';
import { findPython } from '../setup/find-python.mjs';
import { pip, pipEnvironment } from '../setup/pip.mjs';
import { createProgress } from '../setup/progress.mjs';
import { runCommand } from '../setup/run-command.mjs';
import { SetupError } from '../setup/setup-error.mjs';
import { hashOf, readStamp, writeStamp } from '../setup/stamp.mjs';

const FOLDER = '.venv-peers';
const REQUIREMENTS = path.join('tools', 'peers', 'requirements.txt');

/**
 * Installs what tools/peers/requirements.txt pins, unless it is there.
 *
 * @param log file that the output of pip is appended to
 * @returns the path of the environment's Python
 * @throws SetupError when it cannot be made; it names the remedy
 */
export async function peersEnvironment(root: string, log: string): Promise<string> {
  const folder = path.join(root, FOLDER);
  const python = path.join(folder, 'bin', 'python');
  const stampFile = path.join(folder, 'resnet-lab.json'); // written last: an install that was killed leaves none
  const requirements = hashOf(root, [REQUIREMENTS]);
  if (readStamp(stampFile)?.requirements === requirements && runs(python)) return python;

  const progress = createProgress(process.stderr);
  try {
    const line = progress.step(1, 1, 'peers');
    const { executable, version } = findPython(process.env);
    line.begin(`making ${FOLDER} with Python ${version.join('.')}`);
    const options = { log, cwd: root, env: pipEnvironment(process.env) };
    const made = await runCommand(executable, ['-m', 'venv', '--clear', folder], options);
    if (!made.ok) {
      throw new SetupError(
        `Python ${version.join('.')} could not make ${FOLDER}: ${made.output.trim().split('\n').at(-1)}`,
        `remove ${FOLDER} and run the same command again, or measure without it: --peers tfjs`,
      );
    }
    line.begin('installing Keras, TensorFlow and PyTorch');
    const setup = {
      checkout: { ...checkoutAt(root), python },
      device: 'cpu' as const,
      run: (command: string, args: readonly string[], more = {}) =>
        runCommand(command, args, { ...options, ...more, log }),
    };
    const what = 'the peers (Keras, PyTorch)';
    await pip(setup, ['install', '--only-binary=:all:', '-r', path.join(root, REQUIREMENTS)], what);
    line.end();
    writeStamp(stampFile, { requirements });
    return python;
  } catch (error) {
    progress.breakOff();
    throw error;
  }
}

/** False where the Python that the environment stands on was removed, or its link leads nowhere. */
function runs(python: string): boolean {
  return fs.statSync(python, { throwIfNoEntry: false }) !== undefined;
}
