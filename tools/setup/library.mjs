// @ts-check
/** `lib/dist`: the package that the notebooks import, compiled whenever its sources have changed. */
import fs from 'node:fs';
import path from 'node:path';
import { SetupError } from './setup-error.mjs';
import { filesBelow, hashOf, readStamp, replaceFolder, writeStamp } from './stamp.mjs';
import { SIZE } from './versions.mjs';

/** @typedef {import('./set-up.mjs').Step} Step */
/** @typedef {import('./checkout.mjs').Checkout} Checkout */

const STAMP = 'built.json';

/** @type {Step} */
export const library = {
  title: () => 'resnet-lab library',
  isDone: ({ checkout }) => isLibraryBuilt(checkout),
  bytes: () => SIZE.library.disk,
  async run(setup, line) {
    const { checkout } = setup;
    line.begin('compiling lib/src');
    for (const name of fs.readdirSync(checkout.library)) {
      if (/^dist\..*tmp$/.test(name))
        fs.rmSync(path.join(checkout.library, name), { recursive: true, force: true });
    }
    const sources = sourcesHash(checkout); // before compiling: a file saved meanwhile makes the next set-up compile again
    const made = path.join(checkout.library, `dist.${process.pid}.tmp`);
    const tsc = path.join(checkout.modules, 'typescript', 'bin', 'tsc');
    const { ok, output } = await setup.run(process.execPath, [
      tsc,
      '-p',
      checkout.library,
      '--outDir',
      made,
      '--pretty',
      'false',
    ]);
    if (!ok) {
      fs.rmSync(made, { recursive: true, force: true });
      throw explainTypeErrors(output);
    }
    writeStamp(path.join(made, STAMP), { sources });
    replaceFolder(made, path.join(checkout.library, 'dist'));
    line.end();
  },
};

/** @param {Checkout} checkout */
export function isLibraryBuilt(checkout) {
  const dist = path.join(checkout.library, 'dist');
  return (
    fs.existsSync(path.join(dist, 'index.js')) &&
    readStamp(path.join(dist, STAMP))?.sources === sourcesHash(checkout)
  );
}

/** @param {string} output of tsc */
export function explainTypeErrors(output) {
  const errors = output.split('\n').filter((text) => /error TS\d+/.test(text));
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new SetupError(
    `lib/src does not compile${errors.length > 0 ? `: ${errors[0].trim()}${more}` : ''}`,
    'mend it, or take lib/src back from git; the log has all errors',
  );
}

/** @param {Checkout} checkout */
function sourcesHash(checkout) {
  return hashOf(checkout.root, [
    ...filesBelow(checkout.root, 'lib/src'),
    'lib/tsconfig.json',
    'tsconfig.json',
  ]);
}
