import path from 'node:path';
import { defineConfig, type Plugin } from 'vite';

const web = import.meta.dirname;
const lib = path.resolve(web, '../lib/src');

/** The library's files that only Node can run, and what the page has in their place. */
const STAND_INS: Readonly<Record<string, string>> = {
  'tensorflow/load.ts': 'src/tensorflow.ts',
  'model/keras-defaults.ts': 'src/keras-defaults.ts',
};

/**
 * Lets the page import the library's own sources, so that it computes by the very lines that the notebooks do.
 *
 * @throws Error while building, when a file that is imported needs the native TensorFlow and has no stand-in
 */
function libraryInBrowser(): Plugin {
  return {
    name: 'library-in-browser',
    enforce: 'pre',
    async resolveId(source, importer) {
      const ours = importer?.startsWith(lib) || importer?.startsWith(path.join(web, 'src'));
      if (!ours || !source.startsWith('.')) return null;
      const found = await this.resolve(source, importer, { skipSelf: true });
      const file = found ? path.relative(lib, found.id).replaceAll('\\', '/') : '..';
      if (file.startsWith('..')) return null;
      if (STAND_INS[file]) return path.join(web, STAND_INS[file]);
      if (!file.startsWith('tensorflow/')) return found;
      throw new Error(
        `cannot build the page; lib/src/${file} needs Node, and ${path.relative(lib, importer!)} imports it: ` +
          'give one of them a stand-in in web/vite.config.mts',
      );
    },
  };
}

export default defineConfig({
  root: web,
  appType: 'mpa', // a file that is not there is not found, and not answered with the page
  base: './', // a static host may have the page in a folder
  plugins: [libraryInBrowser()],
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    rolldownOptions: { checks: { bundlerTimings: false } },
    chunkSizeWarningLimit: 4000, // kB: TensorFlow.js with three backends
  },
});
