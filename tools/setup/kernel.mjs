// @ts-check
/** The kernel that runs TypeScript notebooks, registered in .venv, where its JupyterLab looks without being told. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeStamp } from './stamp.mjs';

/** @typedef {import('./set-up.mjs').Step} Step */

const SEND_IN_TURN = fileURLToPath(new URL('../kernel/send-in-turn.cjs', import.meta.url));

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
  return {
    argv: [node, '--require', SEND_IN_TURN, tslab, 'kernel', '--config-path={connection_file}'],
    display_name: 'TypeScript (resnet-lab)',
    language: 'typescript',
  };
}

/** @param {string} tslab */
function kernelText(tslab) {
  return `${JSON.stringify(kernelSpec(process.execPath, tslab), null, 2)}\n`;
}
