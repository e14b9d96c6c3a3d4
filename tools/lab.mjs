// @ts-check
/** `npm run lab [-- JupyterLab's options]`: sets up what is missing, then opens the notebooks in JupyterLab. */
import path from 'node:path';
import { configPath } from './lab/config-path.mjs';
import { checkoutAt } from './setup/checkout.mjs';
import { runInTerminal, runScript, setUpFirst } from './setup/command.mjs';

runScript(async (root, args) => {
  const options = await setUpFirst(root, args);
  const written = await runInTerminal(process.execPath, ['--import', 'tsx', 'tools/lab/main.ts'], root);
  if (written !== 0) return written;
  process.env.JUPYTER_CONFIG_PATH = configPath(root, process.env);
  const { CIFAR10_DIR } = process.env;
  if (CIFAR10_DIR) process.env.CIFAR10_DIR = path.resolve(root, CIFAR10_DIR); // kernels run in the notebooks' folder
  const lab = ['-m', 'jupyterlab', ...options];
  return runInTerminal(checkoutAt(root).python, lab, path.join(root, 'notebooks'));
});
