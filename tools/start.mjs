// @ts-check
/** `npm start [-- options]`: sets up what is missing, then runs the walkthrough. */
import { runInTerminal, runScript, setUpFirst } from './setup/command.mjs';

runScript(async (root, args) => {
  const options = await setUpFirst(root, args);
  return runInTerminal(
    process.execPath,
    ['--import', 'tsx', 'tools/run-notebooks/main.ts', ...options],
    root,
  );
});
