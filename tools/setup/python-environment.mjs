// @ts-check
/** `.venv` with JupyterLab: made with the reader's Python, filled with the pinned packages of tools/requirements.txt. */
import fs from 'node:fs';
import path from 'node:path';
import { findPython } from './find-python.mjs';
import { pip, pipEnvironment } from './pip.mjs';
import { SetupError } from './setup-error.mjs';
import { hashOf, readStamp, writeStamp } from './stamp.mjs';
import { SIZE } from './versions.mjs';

/** @typedef {import('./set-up.mjs').Step} Step */
/** @typedef {import('./checkout.mjs').Checkout} Checkout */

/** @type {Step} */
export const pythonEnvironment = {
  title: () => 'Python environment',
  isDone: ({ checkout }) => {
    const stamp = readStamp(stampFile(checkout));
    return (
      stamp?.root === checkout.root &&
      stamp.requirements === requirementsHash(checkout) &&
      stamp.python === basePython(checkout)
    );
  },
  bytes: ({ checkout }) => (readStamp(stampFile(checkout)) ? 0 : SIZE.python.disk),
  async run(setup, line) {
    const { checkout } = setup;
    const stamp = readStamp(stampFile(checkout));
    const usable = stamp !== undefined && stamp.python === basePython(checkout);
    fs.rmSync(stampFile(checkout), { force: true });
    if (usable && (stamp.root === checkout.root || mendMoved(checkout, stamp.root))) {
      line.say(
        stamp.root === checkout.root
          ? 'pinned versions have changed'
          : 'the checkout has moved; paths mended',
      );
    } else {
      await create(setup, line);
    }
    if (!usable || stamp.requirements !== requirementsHash(checkout)) {
      line.begin('installing JupyterLab and what it needs');
      await pip(setup, ['install', '--only-binary=:all:', '-r', checkout.requirements], 'JupyterLab');
      line.end();
    }
    writeStamp(stampFile(checkout), {
      root: checkout.root,
      requirements: requirementsHash(checkout),
      python: basePython(checkout),
    });
  },
};

/**
 * @param {import('./set-up.mjs').Setup} setup
 * @param {import('./progress.mjs').Line} line
 */
async function create(setup, line) {
  const python = findPython(process.env);
  const version = python.version.join('.');
  line.begin(`making .venv with Python ${version}`);
  // --clear: whatever is left of a set-up that was killed may lack any file
  const { ok, output } = await setup.run(python.executable, ['-m', 'venv', '--clear', setup.checkout.venv], {
    env: pipEnvironment(process.env),
  });
  if (!ok) throw explainVenvFailure(output, version);
  line.end();
}

/**
 * @param {string} output
 * @param {string} version of Python
 */
export function explainVenvFailure(output, version) {
  if (/ensurepip|No module named '?venv|No module named '?pip/.test(output)) {
    return new SetupError(
      `Python ${version} cannot make virtual environments; its venv or pip module is missing`,
      'install it (Debian, Ubuntu: "apt install python3-venv"; Fedora: "dnf install python3-pip"), or name a complete Python with PYTHON=/path/to/python3',
    );
  }
  if (/No space left|Errno 28/.test(output)) {
    return new SetupError(
      'no disk space was left for .venv',
      'free some space and run the same command again',
    );
  }
  const said = output.trim().split('\n').at(-1) ?? '';
  return new SetupError(
    `Python ${version} could not make .venv: ${said.slice(0, 160)}`,
    'remove .venv and run the same command again, or name another Python with PYTHON=/path/to/python3',
  );
}

/**
 * Scripts of a virtual environment begin with its absolute path. Writes the new one into them; nothing is downloaded.
 * @param {Checkout} checkout
 * @param {string} oldRoot
 * @returns {boolean} false where the new path cannot stand in a script's first line
 */
function mendMoved(checkout, oldRoot) {
  if (/\s/.test(checkout.root) || checkout.root.length > 90) return false;
  const old = path.join(oldRoot, '.venv');
  const texts = fs
    .readdirSync(path.join(checkout.venv, 'bin'), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(checkout.venv, 'bin', entry.name));
  for (const file of [...texts, path.join(checkout.venv, 'pyvenv.cfg')]) {
    const text = fs.readFileSync(file, 'utf8');
    if (text.includes(old)) fs.writeFileSync(file, text.replaceAll(old, checkout.venv));
  }
  return true;
}

/** @param {Checkout} checkout */
function stampFile(checkout) {
  return path.join(checkout.venv, 'resnet-lab.json');
}

/** @param {Checkout} checkout */
function requirementsHash(checkout) {
  return hashOf(checkout.root, [path.relative(checkout.root, checkout.requirements)]);
}

/**
 * The interpreter that .venv stands on; another one (Python 3.11 after an upgrade to 3.12) does not see its packages.
 * @param {Checkout} checkout
 */
function basePython(checkout) {
  try {
    return fs.realpathSync(checkout.python);
  } catch {
    return undefined; // no .venv, or its Python was removed
  }
}
