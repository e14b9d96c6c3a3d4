// @ts-check
/** The kernel that runs TypeScript notebooks, registered in .venv, where its JupyterLab looks without being told. */
import fs from 'node:fs';
import path from 'node:path';
import { writeStamp } from './stamp.mjs';

/** @typedef {import('./set-up.mjs').Step} Step */

/** @type {Step} */
export const kernel = {
  title: () => 'TypeScript kernel',
  isDone: ({ checkout }) => {
    try {
      return fs.readFileSync(checkout.kernelSpec, 'utf8') === kernelText(checkout.tslab);
    } catch {
      return false;
    }
  },
  bytes: () => 0,
  async run({ checkout }, line) {
    writeStamp(checkout.kernelSpec, kernelSpec(process.execPath, checkout.tslab));
    line.say(`registered in ${path.relative(checkout.root, path.dirname(checkout.kernelSpec))}`);
  },
};

/**
 * @param {string} node absolute path
 * @param {string} tslab absolute path of its start script
 */
export function kernelSpec(node, tslab) {
  const root = path.resolve(path.dirname(tslab), '../../..'); // node_modules/tslab/bin
  const preload = path.join(root, 'tools/kernel/send-in-turn.cjs');
  return {
    argv: [node, '--require', preload, tslab, 'kernel', '--config-path={connection_file}'],
    display_name: 'TypeScript (resnet-lab)',
    language: 'typescript',
  };
}

/** @param {string} tslab */
function kernelText(tslab) {
  return `${JSON.stringify(kernelSpec(process.execPath, tslab), null, 2)}\n`;
}
