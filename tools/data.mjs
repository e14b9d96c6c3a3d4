// @ts-check
/** `npm run data [-- --set cifar10|cifar100]`: sets up what is missing, then downloads the set into data/. */
import { runInTerminal, runScript, setUpFirst } from './setup/command.mjs';

runScript(async (root, args) => {
  const options = await setUpFirst(root, args);
  return runInTerminal(process.execPath, ['--import', 'tsx', 'tools/download-cifar.ts', ...options], root);
});
