/** From the reports of the rounds to medians, and from medians to how much of each peer's time or memory ours takes. */
import { median } from '../../lib/src/plot/mean';
import type { Measure, Measurement, Median, NetName, Report, Runner } from './measurement';

export interface Ratio {
  readonly net: NetName;
  readonly batch: number;
  /** Ours divided by theirs: less than 1 where ours is faster, or smaller. */
  readonly ratio: number;
  readonly against: Rival;
  /** The better runner, where a rival has several. */
  readonly runner: Runner;
  /** The field of the reports that was divided. */
  readonly of: Quantity;
}

/** Whom ours is compared with; PyTorch counts with its better mode. */
export const RIVALS = {
  'ours-eager': ['ours-eager'],
  tfjs: ['tfjs'],
  keras: ['keras'],
  'keras-jit': ['keras-jit'],
  torch: ['torch', 'torch-compile'],
} as const satisfies Record<string, readonly Runner[]>;
export type Rival = keyof typeof RIVALS;

type Quantity = 'msPerStep' | 'peakMemoryMB' | 'compileSeconds';

/** What a measure compares; lateness is ours alone. */
const QUANTITIES: Readonly<Record<Measure, Quantity | undefined>> = {
  train: 'msPerStep',
  predict: 'msPerStep',
  compile: 'compileSeconds',
  memory: 'peakMemoryMB',
  'event-loop': undefined,
};

/** One runner's rounds as one: every number is the median of its own, whichever round that came from. */
export function summarise({ measure, runner, net, batch }: Measurement, reports: readonly Report[]): Median {
  const times = reports.map(({ msPerStep }) => msPerStep);
  return {
    ...{ measure, runner, net, batch },
    rounds: reports.length,
    msPerStepRange: [Math.min(...times), Math.max(...times)],
    report: medianOf(reports) as Report,
  };
}

function medianOf(values: readonly unknown[]): unknown {
  const [first] = values;
  if (typeof first === 'number') return median(values as number[]);
  if (Array.isArray(first))
    return first.map((_, i) => medianOf(values.map((value) => (value as unknown[])[i])));
  if (typeof first !== 'object' || first === null) return first;
  const of = (key: string) => medianOf(values.map((value) => (value as Record<string, unknown>)[key]));
  return Object.fromEntries(Object.keys(first).map((key) => [key, of(key)]));
}

/**
 * Ours against every rival that was measured on the same net and batch.
 *
 * @throws Error when the nets do not have the same number of parameters
 */
export function ratios(medians: readonly Median[]): Ratio[] {
  checkSameNet(medians);
  const ours = medians.find(({ runner }) => runner === 'ours');
  if (!ours) return [];
  const { net, batch, measure } = ours;
  const of = QUANTITIES[measure];
  const mine = of && ours.report[of];
  if (of === undefined || mine === undefined) return [];
  return (Object.keys(RIVALS) as Rival[]).flatMap((against) => {
    const runners: readonly Runner[] = RIVALS[against];
    const [best] = medians
      .flatMap(({ runner, report }) => (runners.includes(runner) ? [{ runner, value: report[of] }] : []))
      .filter((rival): rival is { runner: Runner; value: number } => rival.value !== undefined)
      .sort((a, b) => a.value - b.value);
    return best ? [{ net, batch, ratio: mine / best.value, against, runner: best.runner, of }] : [];
  });
}

function checkSameNet(medians: readonly Median[]): void {
  const [first] = medians;
  const other = medians.find(({ report }) => report.parameters !== first.report.parameters);
  if (!other) return;
  throw new Error(
    `cannot compare ${other.runner} with ${first.runner} on ${first.net}; the nets must have equally many parameters: ` +
      `${other.report.parameters} and ${first.report.parameters}; mend tools/bench/nets.ts or tools/peers`,
  );
}
