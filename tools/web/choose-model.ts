import fs from 'node:fs';
import path from 'node:path';
import { settings } from '../../lib/src/notebook/settings';
import { FILES } from '../../web/src/page-data';

/** The one that comes with the checkout. */
const COMMITTED = 'notebooks/results/models/article-tuned';

export interface ChosenModel {
  /** Absolute. */
  readonly directory: string;
  /** Where it comes from, for people. */
  readonly origin: string;
}

/**
 * The model to show: the one that is named, else the last one that notebook 04 saved, else the one in the checkout.
 *
 * @param named a directory, seen from the working directory
 * @throws Error when there is none, with how to get one
 */
export function chooseModel(
  environment: Readonly<Record<string, string | undefined>>,
  root: string,
  named?: string,
): ChosenModel {
  if (named !== undefined) {
    const directory = path.resolve(environment.INIT_CWD ?? '.', named); // where npm was called, and not the checkout
    if (hasModel(directory)) return { directory, origin: `from ${named}` };
    throw new Error(
      `invalid --model; no ${FILES.model} in ${directory}; name a directory that a model was saved in`,
    );
  }
  const trained = settings(environment, root).modelDirectories.find(hasModel);
  if (trained) return { directory: trained, origin: 'the last one that notebook 04 trained here' };
  const committed = path.join(root, COMMITTED);
  if (hasModel(committed)) return { directory: committed, origin: 'the one that comes with resnet-lab' };
  throw new Error('cannot find a model; run npm start, which trains one, or name one by --model DIRECTORY');
}

function hasModel(directory: string): boolean {
  return fs.existsSync(path.join(directory, FILES.model));
}
