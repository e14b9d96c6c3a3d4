import fs from 'node:fs';
import path from 'node:path';

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
