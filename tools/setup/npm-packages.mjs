// @ts-check
/** `node_modules` as package-lock.json says. */
import fs from 'node:fs';
import path from 'node:path';
import { explainFailure } from './explain-failure.mjs';
import { npmCommand, npmEnvironment } from './npm-command.mjs';
import { SetupError } from './setup-error.mjs';
import { readStamp } from './stamp.mjs';
import { SIZE } from './versions.mjs';

/** @typedef {import('./set-up.mjs').Step} Step */
/** @typedef {Record<string, { version?: string, integrity?: string, optional?: boolean, link?: boolean }>} Packages */

/** @type {Step} */
export const npmPackages = {
  title: () => 'npm packages',
  isDone: ({ checkout }) => {
    const { wanted, installed } = readLocks(checkout.root);
    return installed !== undefined && firstDifference(wanted, installed, checkout.root) === undefined;
  },
  bytes: () => SIZE.npm.disk,
  async run(setup, line) {
    const { checkout } = setup;
    const [command, ...args] = npmCommand(process.env);
    line.begin(`installing what package-lock.json names`);
    const { ok, missing, output } = await setup.run(
      command,
      [...args, 'ci', '--ignore-scripts', '--no-progress'],
      {
        env: npmEnvironment(process.env),
      },
    );
    if (missing) {
      throw new SetupError('no npm was found beside Node', "install npm (it comes with Node's own packages)");
    }
    // npm ends well, and notes its work as done, when files could not be unpacked for want of disk
    if (!ok || output.includes('TAR_ENTRY_ERROR')) {
      fs.rmSync(path.join(checkout.modules, '.package-lock.json'), { force: true });
      throw explainFailure(output, 'npm', 'the npm packages');
    }
    line.end();
  },
};

/**
 * What is wanted and what npm noted as installed; npm writes its note last, so an interrupted installation has none.
 * @param {string} root
 */
export function readLocks(root) {
  return {
    wanted: /** @type {Packages} */ (readStamp(path.join(root, 'package-lock.json'))?.packages ?? {}),
    installed: /** @type {Packages | undefined} */ (
      readStamp(path.join(root, 'node_modules', '.package-lock.json'))?.packages
    ),
  };
}

/**
 * The first package that is not installed as wanted. Optional ones may be absent: they are for other systems.
 * @param {Packages} wanted
 * @param {Packages} installed
 * @param {string} root folder of node_modules
 * @returns {string | undefined}
 */
export function firstDifference(wanted, installed, root) {
  return Object.keys(wanted).find((name) => {
    if (!name.startsWith('node_modules/')) return false;
    const want = wanted[name];
    const have = installed[name];
    if (have === undefined) return !want.optional;
    if (have.version !== want.version || have.integrity !== want.integrity) return true;
    return !fs.existsSync(path.join(root, name, 'package.json'));
  });
}
