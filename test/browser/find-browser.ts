import fs from 'node:fs';
import path from 'node:path';

/** For a browser that draws without a graphics card, and asks nothing of other machines by itself. */
export const BROWSER_FLAGS: readonly string[] = [
  '--no-sandbox', // CI runs as root
  '--enable-unsafe-swiftshader', // WebGL without a GPU, for plotly's figure
  '--disable-background-networking',
  '--disable-component-update',
];

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** Chromium or Chrome: what `CHROMIUM` names, else the first on PATH; undefined when there is none. */
export function findBrowser(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  if (environment.CHROMIUM) {
    if (!fs.existsSync(environment.CHROMIUM)) {
      throw new Error(
        `invalid CHROMIUM; no such file: ${environment.CHROMIUM}; name the browser's executable`,
      );
    }
    return environment.CHROMIUM;
  }
  const folders = (environment.PATH ?? '').split(path.delimiter);
  const candidates = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return candidates.find((file) => fs.existsSync(file));
}
