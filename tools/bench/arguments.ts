/** The command line of `npm run bench`. */
import { integerIn, readOptions } from '../read-options';
import type { ClusterChoice } from './cluster/plan';
import { MEASURES, type Measure, NETS, type NetName } from './measurement';
import { type Choice, DEFAULT_PEERS, MEASURE_DEFAULTS, PEERS, type Peer } from './plan';

export const HELP = `Measures training and prediction beside Keras, PyTorch and tfjs-node's model.fit: JSON lines, then a table.

  npm run bench -- [options]

  --measure NAME   train (default), predict, compile, memory or event-loop
  --net NAMES      article, resnet20, resnet50, resnet110; several with commas; default those of the measure
  --batch NUMBERS  images in a step; several with commas; default those of the net
  --peers NAMES    keras, torch, tfjs, several with commas, or none; default those that a bar of the measure names
  --rounds N       every runner in turn, N times; default 3, for memory 1
  --steps N        timed steps of a round, after as many that warm up (train, compile, event-loop)
  --images N       predicted, default 10000, or trained on, default 50000 (predict, memory)
  --epochs N       default 10 (memory)
  --cluster        instead: workers that train together, a core each, beside one alone, and how fast they all-reduce;
                   takes --net (default article,resnet20), --rounds and --steps (twice as many are timed)
  --help

Without options: half an hour on two cores. The peers are installed on demand into .venv-peers (about 2.4 GB).
For numbers worth keeping let nothing else run meanwhile.`;

const OPTIONS = {
  measure: { type: 'string' },
  net: { type: 'string' },
  batch: { type: 'string' },
  peers: { type: 'string' },
  rounds: { type: 'string' },
  steps: { type: 'string' },
  images: { type: 'string' },
  epochs: { type: 'string' },
  cluster: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

type OptionName = keyof typeof OPTIONS;

/** Options that only some measures have. */
const BELONGS_TO: Partial<Readonly<Record<OptionName, readonly Measure[]>>> = {
  steps: ['train', 'compile', 'event-loop'],
  images: ['predict', 'memory'],
  epochs: ['memory'],
};

/** Options that say what a cluster is not measured by. */
const NOT_OF_CLUSTER = ['measure', 'batch', 'peers', 'images', 'epochs'] as const satisfies OptionName[];
const CLUSTER_ROUNDS = 3;

/**
 * Reads the command line.
 *
 * @returns undefined when only the help was asked for
 * @throws RangeError naming the option at fault and what is valid there
 */
export function parseArguments(argv: readonly string[]): Choice | ClusterChoice | undefined {
  const values = readOptions(argv, OPTIONS);
  if (values.help === true) return undefined;
  const text = values as Partial<Record<OptionName, string>>;
  if (values.cluster === true) return clusterChoice(text);
  const measure = text.measure === undefined ? 'train' : oneOf('measure', text.measure, MEASURES);
  for (const [option, measures] of Object.entries(BELONGS_TO)) {
    if (text[option as OptionName] === undefined || measures.includes(measure)) continue;
    throw new RangeError(`invalid --${option}; it belongs to --measure ${measures.join(', ')}: ${measure}`);
  }
  return {
    measure,
    nets: netsOf(text.net),
    batches: text.batch?.split(',').map((number) => positiveInteger('batch', number.trim())),
    peers: text.peers === undefined ? DEFAULT_PEERS[measure] : peersOf(measure, text.peers),
    rounds: numberOf('rounds', text.rounds) ?? MEASURE_DEFAULTS[measure].rounds,
    steps: numberOf('steps', text.steps),
    images: numberOf('images', text.images),
    epochs: numberOf('epochs', text.epochs, 2), // the first one warms up
  };
}

function clusterChoice(text: Partial<Record<OptionName, string>>): ClusterChoice {
  const strange = NOT_OF_CLUSTER.find((option) => text[option] !== undefined);
  if (strange) throw new RangeError(`invalid --${strange}; not together with --cluster: ${text[strange]}`);
  return {
    cluster: true,
    nets: netsOf(text.net),
    rounds: numberOf('rounds', text.rounds) ?? CLUSTER_ROUNDS,
    steps: numberOf('steps', text.steps),
  };
}

function netsOf(value: string | undefined): NetName[] | undefined {
  return value === undefined ? undefined : listOf<NetName>('net', value, NETS);
}

function peersOf(measure: Measure, value: string): readonly Peer[] {
  if (value === 'none') return [];
  const peers = listOf<Peer>('peers', value, [...(Object.keys(PEERS) as Peer[]), 'none']);
  const { peers: possible } = MEASURE_DEFAULTS[measure];
  const impossible = peers.find((peer) => !possible.includes(peer));
  if (impossible === undefined) return peers;
  const valid = [...possible, 'none'].join(', ');
  throw new RangeError(`invalid --peers; --measure ${measure} knows ${valid}: ${impossible}`);
}

function listOf<T extends string>(name: string, value: string, known: readonly string[]): T[] {
  return value.split(',').map((item) => oneOf(name, item.trim(), known) as T);
}

function oneOf<T extends string>(name: string, value: string, known: readonly T[]): T {
  if (known.includes(value as T)) return value as T;
  throw new RangeError(`invalid --${name}; not one of ${known.join(', ')}: ${value}`);
}

function numberOf(name: string, value: string | undefined, least = 1): number | undefined {
  return value === undefined ? undefined : positiveInteger(name, value, least);
}

function positiveInteger(name: string, value: string, least = 1): number {
  const number = integerIn(value, least);
  if (number !== undefined) return number;
  throw new RangeError(`invalid --${name}; not an integer of at least ${least}: ${value}`);
}
