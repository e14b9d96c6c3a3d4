// @ts-check
/** JupyterLab asks a server for news and for updates, and shows a pop-up about it; here it starts without either. */
import { readStamp, writeStamp } from './stamp.mjs';

/** @typedef {import('./set-up.mjs').Step} Step */

/** Defaults for this `.venv` alone; what the reader sets in JupyterLab still goes before them. */
const OVERRIDES = {
  '@jupyterlab/apputils-extension:notification': { fetchNews: 'false', checkForUpdates: false },
};

/** @type {Step} */
export const jupyterSettings = {
  title: () => 'JupyterLab settings',
  isDone: ({ checkout }) => JSON.stringify(readStamp(checkout.labSettings)) === JSON.stringify(OVERRIDES),
  bytes: () => 0,
  async run({ checkout }, line) {
    writeStamp(checkout.labSettings, OVERRIDES);
    line.say('no news, no look for updates');
  },
};
