/** The command line of `npm run train`. */

import { type ClusterOptions, MOST_SECONDS } from '../../lib/src/cluster/cluster-options';
import { PRECISIONS, type SessionOptions } from '../../lib/src/compile/session-options';
import type { Recipe } from '../../lib/src/recipes/recipe';
import { RECIPES, recipe } from '../../lib/src/recipes/recipes';
import { integerIn, readOptions } from '../read-options';

export interface TrainArguments {
  readonly recipe: Recipe;
  readonly seed: number;
  /** Undefined: the recipe's. */
  readonly epochs?: number;
  readonly data: (typeof DATA_CHOICES)[number];
  /** At most so many training images; undefined: all. */
  readonly images?: number;
  /** Of the run's folder. */
  readonly name: string;
  /** Undefined: `out/runs`. */
  readonly runs?: string;
  readonly resume: boolean;
  readonly tensorboard: boolean;
  /** Undefined: as the recipe says. */
  readonly compile?: Pick<SessionOptions, 'mixedPrecision' | 'xla'>;
  /** Workers to start on this machine. */
  readonly local?: number;
  /** `host:port` of all workers, and which of them this one is. */
  readonly cluster?: { readonly hosts: readonly string[]; readonly index: number };
  /** How a cluster begins and ends, as `Cluster.connect` takes it. */
  readonly patience: Pick<ClusterOptions, 'startSeconds' | 'silenceSeconds' | 'allowPublicAddress'>;
}

const MOST_LOCAL = 64; // workers on one machine
const DATA_CHOICES = ['auto', 'cifar10', 'cifar100', 'generated'] as const;

const recipes = RECIPES.map(({ name, description }) => `  ${name.padEnd(20)} ${description}`).join('\n');

export const HELP = `Trains by a recipe, tests once, and leaves a run in out/runs/.

  npm run train -- --recipe NAME [options]

  --recipe NAME        one of the recipes below
  --seed N             of everything random; default 1
  --epochs N           instead of the recipe's; its schedule stretches
  --data NAME          cifar10, cifar100, generated, or auto (default): CIFAR-10 where it can be had, else generated
  --limit N            at most so many training images, those that are held out included; default all
  --name NAME          of the run's folder; default RECIPE-sSEED
  --resume             goes on with the run of that name where it was stopped or killed, or begins it
  --runs DIRECTORY     where the runs lie; default out/runs
  --mixed-precision TYPE   bfloat16 (processors that multiply in it) or float16 (GPUs, not with --xla);
                       default float32, or as the recipe says
  --xla                compiles with XLA: worth a try on a GPU, for a training of more than a minute or two
  --tensorboard        also writes event files for TensorBoard into the run's folder
  --help

Several workers, each on its share of every batch (see docs/cluster.md):
  --local N            starts N of them on this machine, and all again when one is lost
  --hosts A:PORT,...   all workers, the same list on each machine; private networks only
  --index K            which of them this one is, from 0; worker 0 keeps the run
  --start-seconds N    how long to wait until all are there; default 120
  --silence-seconds N  a worker of which nothing is heard for so long is lost; default 60
  --allow-public-address   although the machine has one, behind a firewall
Without these, a cluster that SLURM, Kubernetes, torchrun or TF_CONFIG names is joined.

Recipes:
${recipes}

Ctrl-C stops after the running step and saves a checkpoint; a run that is killed loses what came after its last one, at most an epoch
or five minutes. A tenth of the training images is held out to validate on.`;

const OPTIONS = {
  recipe: { type: 'string' },
  seed: { type: 'string' },
  epochs: { type: 'string' },
  data: { type: 'string' },
  limit: { type: 'string' },
  name: { type: 'string' },
  runs: { type: 'string' },
  resume: { type: 'boolean' },
  tensorboard: { type: 'boolean' },
  'mixed-precision': { type: 'string' },
  xla: { type: 'boolean' },
  local: { type: 'string' },
  hosts: { type: 'string' },
  index: { type: 'string' },
  'start-seconds': { type: 'string' },
  'silence-seconds': { type: 'string' },
  'allow-public-address': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/**
 * Reads the command line.
 *
 * @returns undefined when only the help was asked for
 * @throws RangeError naming the option at fault and what is valid there
 */
export function parseArguments(argv: readonly string[]): TrainArguments | undefined {
  const values = readOptions(argv, OPTIONS);
  if (values.help === true) return undefined;
  const text = values as Partial<Record<keyof typeof OPTIONS, string>>;
  if (text.recipe === undefined) {
    throw new RangeError(
      `missing --recipe; one of ${RECIPES.map(({ name }) => name).join(', ')}; see --help`,
    );
  }
  const chosen = recipe(text.recipe);
  const seed = integer('seed', text.seed, 0, 2 ** 32 - 1) ?? 1;
  const { data = 'auto', name = `${chosen.name}-s${seed}`, runs } = text;
  const dataChoice = DATA_CHOICES.find((choice) => choice === data);
  if (!dataChoice) throw new RangeError(`invalid --data; not one of ${DATA_CHOICES.join(', ')}: ${data}`);
  return {
    recipe: chosen,
    seed,
    epochs: integer('epochs', text.epochs, 1),
    data: dataChoice,
    images: integer('limit', text.limit, 2),
    name,
    runs,
    resume: values.resume === true,
    tensorboard: values.tensorboard === true,
    ...compiled(text['mixed-precision'], values.xla === true),
    ...workers(text),
    patience: {
      startSeconds: integer('start-seconds', text['start-seconds'], 1, MOST_SECONDS),
      silenceSeconds: integer('silence-seconds', text['silence-seconds'], 1, MOST_SECONDS),
      allowPublicAddress: values['allow-public-address'] === true,
    },
  };
}

/** For a training that was stopped, of one worker. */
export function commandToGoOn(stopped: TrainArguments): string {
  const { recipe, seed, epochs, data, images, compile = {}, name, runs, tensorboard } = stopped;
  const { mixedPrecision, xla } = compile;
  const values = { recipe: recipe.name, seed, epochs, data, limit: images, name, runs };
  const options = Object.entries({ ...values, 'mixed-precision': mixedPrecision, xla, tensorboard })
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([option, value]) => (value === true ? `--${option}` : `--${option} ${value}`));
  return `npm run train -- ${options.join(' ')} --resume`;
}

function compiled(precision: string | undefined, xla: boolean): Pick<TrainArguments, 'compile'> {
  const mixedPrecision = PRECISIONS.find((choice) => choice === precision);
  if (precision !== undefined && !mixedPrecision)
    throw new RangeError(`invalid --mixed-precision; not one of ${PRECISIONS.join(', ')}: ${precision}`);
  if (!mixedPrecision && !xla) return {};
  return { compile: { ...(mixedPrecision && { mixedPrecision }), ...(xla && { xla }) } };
}

function workers(
  text: Partial<Record<keyof typeof OPTIONS, string>>,
): Pick<TrainArguments, 'local' | 'cluster'> {
  const local = integer('local', text.local, 1, MOST_LOCAL);
  if (text.hosts === undefined) {
    if (text.index === undefined) return { local };
    throw new RangeError(`invalid --index; it belongs to --hosts, which is missing: ${text.index}`);
  }
  if (local !== undefined) throw new RangeError(`invalid --local; not together with --hosts: ${local}`);
  const hosts = text.hosts.split(',').map((host) => host.trim());
  const index = integer('index', text.index, 0, hosts.length - 1);
  if (index === undefined) {
    throw new RangeError(`missing --index; which of the hosts this one is, from 0 to ${hosts.length - 1}`);
  }
  return { cluster: { hosts, index } };
}

function integer(
  name: string,
  text: string | undefined,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number | undefined {
  if (text === undefined) return undefined;
  const number = integerIn(text, least, most);
  if (number !== undefined) return number;
  const rule = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new RangeError(`invalid --${name}; not an integer ${rule}: ${text}`);
}
