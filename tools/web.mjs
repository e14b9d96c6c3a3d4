// @ts-check
/** `npm run web`: sets up what is missing, then shows the trained net in a page; `--help` lists the options. */
import { runInTerminal, runScript, setUpFirst } from './setup/command.mjs';
import { SetupError } from './setup/setup-error.mjs';

runScript(async (root, args) => {
  const options = await setUpFirst(root, args);
  checkNodeForVite(process.versions.node);
  return runInTerminal(process.execPath, ['--import', 'tsx', 'tools/web/main.ts', ...options], root);
});

/**
 * Vite 8 runs on fewer releases of Node than the rest (its package.json, engines).
 * @param {string} version as in process.versions.node
 */
function checkNodeForVite(version) {
  const [major, minor] = version.split('.').map(Number);
  if ((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22) return;
  throw new SetupError(
    `Node ${version} is too old for Vite, which builds the page`,
    'install Node 20.19, 22.12 or a newer one; everything else runs on this one',
  );
}
