// @ts-check
/** What set-up installed: Python with JupyterLab, npm packages, compiler, library, kernel. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { findPython } from '../setup/find-python.mjs';
import { kernel } from '../setup/kernel.mjs';
import { library } from '../setup/library.mjs';
import { firstDifference, npmPackages, readLocks } from '../setup/npm-packages.mjs';
import { pythonEnvironment } from '../setup/python-environment.mjs';
import { SetupError } from '../setup/setup-error.mjs';
import { ZIGLANG } from '../setup/versions.mjs';
import { broken, ok, optional, SET_UP } from './finding.mjs';

/** @typedef {import('./finding.mjs').Finding} Finding */
/** @typedef {import('../setup/set-up.mjs').State} State */

/**
 * @param {State} state
 * @returns {Finding[]}
 */
export function examineInstallation(state) {
  return [
    python(),
    jupyterLab(state),
    npm(state),
    compiler(process.env),
    kernelSpec(state),
    libraryBuild(state),
  ];
}

/** @returns {Finding} */
function python() {
  try {
    const { version, executable } = findPython(process.env);
    return ok('Python', `${version.join('.')} (${executable})`);
  } catch (error) {
    if (error instanceof SetupError) return broken('Python', error.message, error.remedy);
    throw error;
  }
}

/**
 * @param {State} state
 * @returns {Finding}
 */
function jupyterLab(state) {
  const name = 'JupyterLab';
  if (!fs.existsSync(state.checkout.venv)) return broken(name, 'there is no .venv', SET_UP);
  if (!pythonEnvironment.isDone(state))
    return broken(name, '.venv is incomplete, outdated or was moved', SET_UP);
  const asked = spawnSync(state.checkout.python, ['-c', 'import jupyterlab; print(jupyterlab.__version__)'], {
    encoding: 'utf8',
  });
  if (asked.status !== 0)
    return broken(
      name,
      `.venv does not import it: ${lastLine(asked.stderr)}`,
      'remove .venv and run "npm run setup"',
    );
  return ok(name, `${asked.stdout.trim()} in .venv`);
}

/**
 * @param {State} state
 * @returns {Finding}
 */
function npm(state) {
  const name = 'npm packages';
  const { wanted, installed } = readLocks(state.checkout.root);
  if (installed === undefined) return broken(name, 'node_modules is missing or half installed', SET_UP);
  if (npmPackages.isDone(state)) return ok(name, `${Object.keys(installed).length} as in package-lock.json`);
  const first = firstDifference(wanted, installed, state.checkout.root) ?? '';
  return broken(name, `${first.replace(/^.*node_modules\//, '')} is not as in package-lock.json`, SET_UP);
}

/**
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Finding}
 */
export function compiler(environment) {
  for (const command of [environment.CXX, 'g++', 'clang++', 'c++']) {
    if (!command) continue;
    const { status, stdout } = spawnSync(command, ['--version'], { env: environment, encoding: 'utf8' });
    if (status === 0) return ok('C++ compiler', stdout.split('\n')[0]);
  }
  return optional(
    'C++ compiler',
    'none of the system',
    `set-up uses ziglang ${ZIGLANG} from the Python package index`,
  );
}

/**
 * @param {State} state
 * @returns {Finding}
 */
function kernelSpec(state) {
  const name = 'kernel';
  if (!fs.existsSync(state.checkout.kernelSpec)) return broken(name, 'it is not registered in .venv', SET_UP);
  if (!kernel.isDone(state)) return broken(name, 'it starts another Node or another checkout', SET_UP);
  if (!fs.existsSync(state.checkout.tslab)) return broken(name, 'tslab is not installed', SET_UP);
  // tslab's one native part; the rest of it starts wherever Node does
  const asked = spawnSync(process.execPath, ['-e', 'require("zeromq")'], {
    cwd: state.checkout.root,
    encoding: 'utf8',
  });
  if (asked.status !== 0)
    return broken(
      name,
      `zeromq does not load: ${errorLine(asked.stderr)}`,
      'remove node_modules and run "npm run setup"',
    );
  const { version } = JSON.parse(
    fs.readFileSync(path.join(state.checkout.modules, 'tslab', 'package.json'), 'utf8'),
  );
  return ok(name, `tslab ${version}, registered in .venv`);
}

/**
 * @param {State} state
 * @returns {Finding}
 */
function libraryBuild(state) {
  return library.isDone(state)
    ? ok('library', 'lib/dist is up to date')
    : broken('library', 'lib/dist is missing or older than lib/src', SET_UP);
}

/** @param {string} text */
function lastLine(text) {
  return text.trim().split('\n').at(-1) ?? '';
}

/** @param {string} stack as Node prints an uncaught error */
function errorLine(stack) {
  return (
    stack
      .split('\n')
      .find((line) => /Error/.test(line))
      ?.trim() ?? lastLine(stack)
  );
}
