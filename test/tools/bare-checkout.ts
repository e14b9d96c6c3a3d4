import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { checkoutAt } from '../../tools/setup/checkout.mjs';
import { hashOf, writeStamp } from '../../tools/setup/stamp.mjs';
import { temporaryFolder } from '../temporary-folder';

const CHECKOUT = path.resolve(__dirname, '../..');
const PARTS = [
  'package.json',
  'package-lock.json',
  '.npmrc',
  'tsconfig.json',
  'lib/package.json',
  'lib/tsconfig.json',
  'lib/src',
];
const TOOLS = ['setup', 'doctor', 'setup.mjs', 'doctor.mjs', 'start.mjs', 'requirements.txt'];

/** A copy of this checkout as it is right after `git clone`: nothing is installed in it. */
export function bareCheckout(t: TestContext): string {
  const root = temporaryFolder(t);
  for (const name of [...PARTS, ...TOOLS.map((tool) => path.join('tools', tool))]) {
    fs.cpSync(path.join(CHECKOUT, name), path.join(root, name), { recursive: true });
  }
  return root;
}

/** Runs one of the copy's scripts; `environment` comes on top of this process's own. */
export function runScript(root: string, script: string, args: string[], environment: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(root, 'tools', script), ...args],
    {
      env: { ...process.env, PYTHON: undefined, CIFAR10_DIR: undefined, CHROMIUM: undefined, ...environment },
      encoding: 'utf8',
      timeout: 60_000,
    },
  );
  return { status, stdout, stderr };
}

/** Makes a folder that holds nothing but these shell scripts, to be a PATH. */
export function pathOf(root: string, scripts: Record<string, string>): string {
  const folder = path.join(root, 'stubs');
  fs.mkdirSync(folder);
  for (const [name, text] of Object.entries(scripts)) {
    fs.writeFileSync(path.join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  return folder;
}

/** Lets the Python step look done, for tests of the steps after it. */
export function pretendPythonEnvironment(root: string): void {
  const checkout = checkoutAt(root);
  const real = fs.realpathSync(process.execPath); // any program: it is not run
  fs.mkdirSync(path.dirname(checkout.python), { recursive: true });
  fs.symlinkSync(real, checkout.python);
  const requirements = hashOf(root, ['tools/requirements.txt']);
  writeStamp(path.join(checkout.venv, 'resnet-lab.json'), { root, requirements, python: real });
}
