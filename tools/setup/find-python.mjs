// @ts-check
import { spawnSync } from 'node:child_process';
import { SetupError } from './setup-error.mjs';
import { OLDEST_PYTHON } from './versions.mjs';

/**
 * @typedef {object} Python
 * @property {string} command how it was called
 * @property {string} executable its absolute path
 * @property {[number, number, number]} version
 */

const NAMES = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];
const QUESTION = 'import json, sys; print(json.dumps([sys.executable, list(sys.version_info[:3])]))';
const REMEDY =
  'install Python 3.10 or newer with its venv module (Debian, Ubuntu: "apt install python3-venv"; Fedora: "dnf install python3"), or name one with PYTHON=/path/to/python3';

/**
 * The first interpreter on the PATH that is new enough; the environment variable PYTHON names another one.
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Python}
 */
export function findPython(environment) {
  /** @type {Python[]} */
  const tooOld = [];
  for (const command of environment.PYTHON ? [environment.PYTHON] : NAMES) {
    const python = ask(command, environment);
    if (python && isNewEnough(python.version)) return python;
    if (python) tooOld.push(python);
  }
  const oldest = OLDEST_PYTHON.join('.');
  if (tooOld.length > 0) {
    throw new SetupError(
      `Python ${tooOld[0].version.join('.')} is too old; JupyterLab needs Python ${oldest} or newer`,
      REMEDY,
    );
  }
  throw new SetupError(
    environment.PYTHON
      ? `PYTHON names no Python that runs: ${environment.PYTHON}`
      : `no Python was found; JupyterLab needs Python ${oldest} or newer`,
    REMEDY,
  );
}

/** @param {readonly number[]} version */
export function isNewEnough(version) {
  const [major, minor] = OLDEST_PYTHON;
  return version[0] > major || (version[0] === major && version[1] >= minor);
}

/**
 * @param {string} command
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Python | undefined}
 */
function ask(command, environment) {
  const { status, stdout } = spawnSync(command, ['-c', QUESTION], {
    env: environment,
    encoding: 'utf8',
    timeout: 20_000,
  });
  if (status !== 0) return undefined;
  try {
    const [executable, version] = JSON.parse(stdout);
    return { command, executable, version };
  } catch {
    return undefined; // something else of that name
  }
}
