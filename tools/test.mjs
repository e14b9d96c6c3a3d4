// @ts-check
/** `npm test [-- words]`: sets up what is missing, then lint, strict types, and the tests whose path contains one of the words. */
import path from 'node:path';
import { runInTerminal, runScript, setUpFirst } from './setup/command.mjs';
import { SetupError } from './setup/setup-error.mjs';
import { filesBelow } from './setup/stamp.mjs';

const AT_ONCE = 1; // test files: TensorFlow takes every core for itself, and some tests measure how soon something stops

runScript(async (root, args) => {
  const words = await setUpFirst(root, args);
  const files = filesBelow(root, 'test')
    .filter((name) => name.endsWith('.test.ts'))
    .filter((name) => words.length === 0 || words.some((word) => name.includes(word)));
  if (files.length === 0) {
    throw new SetupError(
      `no test file's path contains ${words.join(' or ')}`,
      'give a part of a path below test/',
    );
  }
  const inModules = (/** @type {string} */ script) => path.join(root, 'node_modules', script);
  const checks = [
    [inModules('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings'],
    [inModules('typescript/bin/tsc'), '--noEmit', '-p', root],
    [inModules('typescript/bin/tsc'), '--noEmit', '-p', path.join(root, 'web')],
    ['--import', 'tsx', '--test', '--test-reporter=spec', `--test-concurrency=${AT_ONCE}`, ...files],
  ];
  for (const check of checks) {
    const status = await runInTerminal(process.execPath, check, root);
    if (status !== 0) return status;
  }
  return 0;
});
