// @ts-check
/** `npm run import -- FILE --as NAME`: sets up what is missing, then makes a model of a file of weights; `--help` lists the options. */
import { runInTerminal, runScript, setUpFirst } from './setup/command.mjs';

runScript(async (root, args) => {
  const options = await setUpFirst(root, args);
  return runInTerminal(process.execPath, ['--import', 'tsx', 'tools/import/main.ts', ...options], root);
});
