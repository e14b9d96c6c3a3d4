// @ts-check
/** `npm start [-- options]`: sets up what is missing, CIFAR-10 too where it can be had, then runs the walkthrough. */
import { runInTerminal, runScript, setUpFirst } from './setup/command.mjs';
import { wantsCifar10 } from './setup/wants-cifar10.mjs';

const INTERRUPTED = 130; // as a shell has it

runScript(async (root, args) => {
  const options = await setUpFirst(root, args);
  const run = (/** @type {string[]} */ ...program) =>
    runInTerminal(process.execPath, ['--import', 'tsx', ...program], root);
  if (wantsCifar10(options, process.env, root)) {
    const status = await run('tools/download-cifar.ts');
    if (status === INTERRUPTED) return status; // else the notebooks say what they do without it
  }
  return run('tools/run-notebooks/main.ts', ...options);
});
