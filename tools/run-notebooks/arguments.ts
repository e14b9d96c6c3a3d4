/** The command line of `npm start`. */
import path from 'node:path';
import { integerIn, readOptions } from '../read-options';

export interface RunArguments {
  /** Settings given on the command line, as the environment variables that the notebooks read. */
  readonly environment: Readonly<Record<string, string>>;
  /** Numbers of notebooks, e.g. `['01', '04']`; undefined: all. */
  readonly only?: readonly string[];
  /** For each cell. */
  readonly timeoutSeconds: number;
  readonly outDirectory: string;
  readonly notebooksDirectory: string;
  readonly help: boolean;
}

const DATA_CHOICES = ['auto', 'cifar10', 'cifar100', 'generated'];

/** 400 steps, half a minute on two processor cores: enough for the moving averages of batch norm to come close to the data. */
const FAST = { data: 'generated', epochs: '8', images: '1600' };

const TIMEOUT = 6 * 3600; // seconds; ten epochs on CIFAR-10 without compiled steps take 20 minutes on two processor cores
const FAST_TIMEOUT = 600; // seconds

export const HELP = `Runs the notebooks in order and leaves them, with a page of all of them, in out/.

  npm start -- [options]

  --fast              few generated images, few epochs: the whole walkthrough in two to four minutes
  --data NAME         cifar10, cifar100, generated, or auto (default): CIFAR-10 where it can be had, else generated
  --epochs N          of training; default 10
  --limit N           at most so many training images; default all
  --seed N            of everything random; default 1
  --only NN           only this notebook, e.g. 04; several: 01,04
  --timeout SECONDS   for one cell; default ${TIMEOUT}, with --fast ${FAST_TIMEOUT}
  --out DIRECTORY     instead of out/
  --notebooks DIRECTORY   instead of notebooks/
  --help

The same can be set for notebooks in JupyterLab: RESNET_LAB_DATA, RESNET_LAB_EPOCHS, RESNET_LAB_IMAGES, RESNET_LAB_SEED.
CIFAR10_DIR names a folder with CIFAR-10 in its binary version.`;

const OPTIONS = {
  fast: { type: 'boolean' },
  data: { type: 'string' },
  epochs: { type: 'string' },
  limit: { type: 'string' },
  seed: { type: 'string' },
  only: { type: 'string', multiple: true },
  timeout: { type: 'string' },
  out: { type: 'string' },
  notebooks: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/**
 * Reads the command line.
 *
 * @param root of the checkout
 * @throws RangeError naming the option at fault
 */
export function parseArguments(argv: readonly string[], root: string): RunArguments {
  const values = readOptions(argv, OPTIONS, (name, value) => CHECKS[name]?.(value));
  const text = values as Partial<Record<keyof typeof OPTIONS, string>>;
  const fast = values.fast === true;
  const environment = {
    RESNET_LAB_DATA: text.data ?? (fast ? FAST.data : undefined),
    RESNET_LAB_EPOCHS: text.epochs ?? (fast ? FAST.epochs : undefined),
    RESNET_LAB_IMAGES: text.limit ?? (fast ? FAST.images : undefined),
    RESNET_LAB_SEED: text.seed,
  };
  const only = values.only as string[] | undefined;
  return {
    environment: Object.fromEntries(
      Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    ...(only && {
      only: only.flatMap((list) => list.split(',')).map((number) => number.trim().padStart(2, '0')),
    }),
    timeoutSeconds: text.timeout === undefined ? (fast ? FAST_TIMEOUT : TIMEOUT) : Number(text.timeout),
    outDirectory: path.resolve(root, text.out ?? 'out'),
    notebooksDirectory: path.resolve(root, text.notebooks ?? 'notebooks'),
    help: values.help === true,
  };
}

/** What a value must be; a directory may be anything. */
const CHECKS: Readonly<Record<string, (value: string) => void>> = {
  data: (value) => {
    if (DATA_CHOICES.includes(value)) return;
    throw new RangeError(`invalid --data; not one of ${DATA_CHOICES.join(', ')}: ${value}`);
  },
  only: (value) => {
    if (/^\s*\d{1,2}\s*(,\s*\d{1,2}\s*)*$/.test(value)) return;
    throw new RangeError(
      `invalid --only; not a notebook's number such as 04, or several such as 01,04: ${value}`,
    );
  },
  epochs: (value) => checkInteger('epochs', value, 1),
  limit: (value) => checkInteger('limit', value, 1),
  seed: (value) => checkInteger('seed', value, 0, 2 ** 32 - 1),
  timeout: (value) => checkInteger('timeout', value, 1, 2_000_000), // Node's timers end at 2^31 ms
};

function checkInteger(name: string, value: string, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (integerIn(value, least, most) !== undefined) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `in ${least}..${most}`;
  throw new RangeError(`invalid --${name}; not an integer ${range}: ${value}`);
}
