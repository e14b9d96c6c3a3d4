/**
 * What the bench demands, all of it in one table. Source: the issue that asked for the compiled training step. The bars are
 * stated for two cores.
 */
import type { Measure, Median, NetName, Report } from './measurement';
import type { Ratio, Rival } from './summary';

export const BAR_CORES = 2;

/** A net and batch after all rounds. */
export interface Outcome {
  readonly medians: readonly Median[];
  readonly ratios: readonly Ratio[];
}

interface Bar {
  readonly measure: Measure;
  readonly net: NetName;
  /** Undefined: it holds for every batch. */
  readonly batch?: number;
  /** What the value is, with its unit. */
  readonly what: string;
  readonly limit: number;
  /** The value must stay below the limit; without it, it may reach it. */
  readonly strict?: true;
  /** Undefined where it was not measured. */
  readonly value: (outcome: Outcome) => number | undefined;
}

/** Ours divided by the rival's. */
const against =
  (rival: Rival) =>
  ({ ratios }: Outcome) =>
    ratios.find((ratio) => ratio.against === rival)?.ratio;

/** Of the compiled runner alone. */
const ours =
  (pick: (report: Report) => number | undefined) =>
  ({ medians }: Outcome) => {
    const mine = medians.find(({ runner }) => runner === 'ours');
    return mine && pick(mine.report);
  };

const ARTICLE = { measure: 'train', net: 'article', batch: 32 } as const;
const RESNET20 = { measure: 'train', net: 'resnet20', batch: 128 } as const;
const PREDICT = { measure: 'predict', net: 'article' } as const;
const COMPILE = { measure: 'compile', what: 'seconds to compile', strict: true } as const;
const MEMORY = { measure: 'memory', net: 'article' } as const;
const EVENT_LOOP = { measure: 'event-loop', net: 'article' } as const;

const BARS: readonly Bar[] = [
  { ...ARTICLE, what: 'time a step / that of tfjs-node fit', limit: 0.25, value: against('tfjs') },
  { ...ARTICLE, what: 'time a step / that of Keras fit', limit: 0.6, value: against('keras') },
  { ...ARTICLE, what: 'time a step / that of the better PyTorch', limit: 0.95, value: against('torch') },
  { ...RESNET20, what: 'time a step / that of Keras fit', limit: 0.8, value: against('keras') },
  { ...RESNET20, what: 'time a step / that of the better PyTorch', limit: 1, value: against('torch') },
  { ...PREDICT, what: 'time / that of Keras predict', limit: 0.7, value: against('keras') },
  { ...COMPILE, net: 'article', limit: 1, value: ours(({ compileSeconds }) => compileSeconds) },
  { ...COMPILE, net: 'resnet110', limit: 10, value: ours(({ compileSeconds }) => compileSeconds) },
  { ...MEMORY, what: 'MB resident at the peak', limit: 800, value: ours(({ peakMemoryMB }) => peakMemoryMB) },
  { ...MEMORY, what: "peak memory / Keras's", limit: 0.5, value: against('keras') },
  {
    ...MEMORY,
    what: '% change of resident memory from epoch 2 to the last',
    limit: 2,
    value: ours(({ residentMB = [] }) => change(residentMB)),
  },
  {
    ...MEMORY,
    what: 'tensors more or fewer after any epoch',
    limit: 0,
    value: ours(({ numTensors }) => numTensors && Math.max(...numTensors) - Math.min(...numTensors)),
  },
  {
    ...EVENT_LOOP,
    what: 'ms that a 10 ms timer is late, 99th percentile',
    limit: 50,
    strict: true,
    value: ours(({ lateMs }) => lateMs?.p99),
  },
];

export interface Verdict {
  readonly net: NetName;
  readonly batch: number;
  readonly what: string;
  readonly value: number;
  /** In words: "at most 0.25". */
  readonly bar: string;
  readonly met: boolean;
}

/** The bars that apply to a net and batch and whose value was measured. */
export function judge(outcome: Outcome): Verdict[] {
  const [first] = outcome.medians;
  if (!first) return [];
  const { measure, net, batch } = first;
  return BARS.flatMap((bar) => {
    const applies = bar.measure === measure && bar.net === net && (bar.batch ?? batch) === batch;
    const value = applies ? bar.value(outcome) : undefined;
    if (value === undefined) return [];
    const met = bar.strict ? value < bar.limit : value <= bar.limit;
    const words = `${bar.strict ? 'below' : 'at most'} ${bar.limit}`;
    return [{ net, batch, what: bar.what, value, bar: words, met }];
  });
}

/** In percent. */
function change(residentMB: readonly number[]): number | undefined {
  const [second, last] = [residentMB[1], residentMB.at(-1)];
  return residentMB.length > 2 ? 100 * Math.abs(last! / second - 1) : undefined;
}
