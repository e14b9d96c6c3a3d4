// @ts-check
/** `npm run train -- --recipe NAME`: sets up what is missing, then trains; `--help` lists the options. */
import { runInTerminal, runScript, setUpFirst } from './setup/command.mjs';

runScript(async (root, args) => {
  const options = await setUpFirst(root, args);
  return runInTerminal(process.execPath, ['--import', 'tsx', 'tools/train/main.ts', ...options], root);
});
