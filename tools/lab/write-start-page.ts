import fs from 'node:fs';
import path from 'node:path';
import { outputDirectory } from '../../lib/src/notebook/settings';
import { cifar10 } from '../doctor/data.mjs';
import type { RunRecord } from '../run-notebooks/run-record';
import { readChapter } from './chapter';
import { startPage } from './start-page';

/** In the notebooks' folder, because JupyterLab shows nothing outside it. */
export const START_PAGE = 'start.md';

/**
 * Writes `notebooks/start.md`: the chapters as they are now, the data set that is found, the last walkthrough's result.
 *
 * @param root the checkout's folder
 * @param environment RESNET_LAB_OUT and CIFAR10_DIR, as the notebooks read them
 * @param folder of the notebooks, where the page goes
 */
export function writeStartPage(
  root: string,
  environment: NodeJS.ProcessEnv,
  folder = path.join(root, 'notebooks'),
): void {
  const chapters = fs
    .readdirSync(folder)
    .filter((name) => /^\d\d-.*\.ipynb$/.test(name))
    .sort()
    .map((name) => readChapter(path.join(folder, name)));
  const { status, says } = cifar10(root, environment);
  const out = outputDirectory(environment, root);
  const page = startPage({
    chapters,
    cifar10: status === 'ok' ? { folder: says } : { missing: says },
    book: path.relative(root, path.join(out, 'index.html')),
    lastRun: lastRun(out),
  });
  const aside = path.join(folder, `${START_PAGE}.${process.pid}.tmp`);
  fs.writeFileSync(aside, page);
  fs.renameSync(aside, path.join(folder, START_PAGE));
}

/** Undefined where no walkthrough has ended yet, or its record is not to be read. */
function lastRun(directory: string): RunRecord | undefined {
  try {
    return JSON.parse(fs.readFileSync(path.join(directory, 'run.json'), 'utf8')) as RunRecord;
  } catch {
    return undefined;
  }
}
