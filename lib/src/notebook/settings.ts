/** What the notebooks take from their environment, so that the same notebook runs in seconds in CI and in full by hand. */
import path from 'node:path';
import { checkoutRoot } from './checkout';

const DATA_CHOICES = ['auto', 'cifar10', 'cifar100', 'generated'] as const;

export interface Settings {
  /** `RESNET_LAB_DATA`; default auto: CIFAR-10 where it can be had, else generated images. */
  readonly data: (typeof DATA_CHOICES)[number];
  /** `RESNET_LAB_EPOCHS`; default 10, as in the article. */
  readonly epochs: number;
  /** `RESNET_LAB_IMAGES`: at most this many training images; default all. */
  readonly images?: number;
  /** `RESNET_LAB_SEED`: 0..2^32 - 1; default 1. */
  readonly seed: number;
  /** `RESNET_LAB_OUT`, seen from the checkout's root; default `out`. Absolute. */
  readonly outputDirectory: string;
  /**
   * Where a trained model may lie: what this run saved, else what an earlier one left in `RESNET_LAB_MODEL`, seen from the
   * checkout's root; default `out/model`. Absolute.
   */
  readonly modelDirectories: readonly string[];
  /** `data` in the checkout's root. Absolute. */
  readonly dataDirectory: string;
}

/**
 * Reads the notebooks' settings. A variable that is empty counts as not set.
 *
 * @param environment Default: that of the process.
 * @param root Default: the checkout's root, found from the working directory.
 * @throws RangeError when a variable has a value that it cannot have.
 */
export function settings(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  root = checkoutRoot(),
): Settings {
  const images = integer(environment, 'RESNET_LAB_IMAGES', 1);
  const output = outputDirectory(environment, root);
  return {
    data: choice(environment, 'RESNET_LAB_DATA', DATA_CHOICES) ?? 'auto',
    epochs: integer(environment, 'RESNET_LAB_EPOCHS', 1) ?? 10,
    ...(images !== undefined && { images }),
    seed: integer(environment, 'RESNET_LAB_SEED', 0, 2 ** 32 - 1) ?? 1,
    outputDirectory: output,
    modelDirectories: [
      path.join(output, 'model'),
      path.resolve(root, environment.RESNET_LAB_MODEL || 'out/model'),
    ],
    dataDirectory: path.join(root, 'data'),
  };
}

/** Where results go: `RESNET_LAB_OUT`, seen from the checkout's root; default `out`. Absolute. */
export function outputDirectory(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  root = checkoutRoot(),
): string {
  return path.resolve(root, environment.RESNET_LAB_OUT || 'out');
}

/** One line: `data auto, 10 epochs, all training images, seed 1, results in out`. */
export function describeSettings(chosen: Settings): string {
  const images = chosen.images === undefined ? 'all' : `at most ${chosen.images.toLocaleString('en-US')}`;
  const results = path.relative(path.dirname(chosen.dataDirectory), chosen.outputDirectory);
  return [
    `data ${chosen.data}`,
    `${chosen.epochs} ${chosen.epochs === 1 ? 'epoch' : 'epochs'}`,
    `${images} training images`,
    `seed ${chosen.seed}`,
    `results in ${results.startsWith('..') ? chosen.outputDirectory : results}`,
  ].join(', ');
}

type Environment = Readonly<Record<string, string | undefined>>;

function choice<T extends string>(
  environment: Environment,
  name: string,
  choices: readonly T[],
): T | undefined {
  const text = environment[name]?.trim();
  if (!text) return undefined;
  const chosen = choices.find((option) => option === text);
  if (chosen === undefined)
    throw new RangeError(`invalid ${name}; not one of ${choices.join(', ')}: ${text}`);
  return chosen;
}

function integer(
  environment: Environment,
  name: string,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const text = environment[name]?.trim();
  if (!text) return undefined;
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `in ${least}..${most}`;
  throw new RangeError(`invalid ${name}; not an integer ${range}: ${text}`);
}
