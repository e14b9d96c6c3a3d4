// @ts-check
/** `npm run bench [-- options]`: sets up what is missing, then measures; `--help` lists the options. */
import { runInTerminal, runScript, setUpFirst } from './setup/command.mjs';

runScript(async (root, args) => {
  const options = await setUpFirst(root, args);
  return runInTerminal(process.execPath, ['--import', 'tsx', 'tools/bench/main.ts', ...options], root);
});
