/** Writes the page on which `npm run lab` opens JupyterLab. */
import path from 'node:path';
import { writeStartPage } from './write-start-page';

try {
  writeStartPage(path.join(__dirname, '..', '..'), process.env);
} catch (error) {
  // No reason to keep the notebooks closed: the page of last time is still there, if any.
  console.error(`the start page is not up to date: ${(error as Error).message}`);
}
