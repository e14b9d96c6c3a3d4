// @ts-check
/** `npm run lab [-- JupyterLab's options]`: sets up what is missing, then opens the notebooks in JupyterLab. */
import path from 'node:path';
import { checkoutAt } from './setup/checkout.mjs';
import { runInTerminal, runScript, setUpFirst } from './setup/command.mjs';

runScript(async (root, args) => {
  const options = await setUpFirst(root, args);
  const lab = ['-m', 'jupyterlab', ...options];
  return runInTerminal(checkoutAt(root).python, lab, path.join(root, 'notebooks'));
});
