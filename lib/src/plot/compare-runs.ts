import { environmentDifferences } from '../train/run-config';
import type { ComparedRun } from '../train/run-folder';
import { groupRuns, isFinished, type RunGroup } from '../train/run-groups';
import { comparisonPlot } from './compare-runs-plot';
import { deviation, mean } from './mean';
import type { VegaLiteSpec } from './spec';

export interface CompareRunsOptions {
  /** Default: `"Comparison of runs"`; name the data set here. */
  readonly title?: string;
}

/** A group in words and numbers, for `table()`. Accuracies are `91.23 % ± 0.20 (n = 3)`, a dash where there are none. */
export interface ComparisonRow {
  readonly group: string;
  readonly seeds: string;
  /** After the last epoch: mean ± standard deviation of the sample, which divides by n - 1, over the n finished runs. */
  readonly validationAccuracy: string;
  /** The same of each run's best epoch; higher than what one gets, for it was chosen by looking. */
  readonly bestEpoch: string;
  /** On the test split; only when a run has opened it. */
  readonly testAccuracy?: string;
  /** Length of a training, mean over the finished runs; NaN without. */
  readonly seconds: number;
  /** Of training, validation excluded, mean over the finished runs; NaN without. */
  readonly imagesPerSecond: number;
  /** The group's values of what differs between the groups. */
  readonly differs: string;
}

export interface RunComparison {
  /** In the order of the groups' first runs. */
  readonly rows: readonly ComparisonRow[];
  /** Validation accuracy by epoch, a colour for every group. */
  readonly spec: VegaLiteSpec;
  /** What one has to know to read the numbers: runs that are not finished, that repeat a seed, that ran on something else. */
  readonly notes: readonly string[];
}

/**
 * Puts runs side by side, those together that differ in their seed only.
 *
 * Numbers are of finished runs: the accuracy of a run that was ended half-way says nothing about its configuration. In the plot the
 * others are thin lines too.
 *
 * @throws RangeError when there is no run
 */
export function compareRuns(
  runs: readonly ComparedRun[],
  { title = 'Comparison of runs' }: CompareRunsOptions = {},
): RunComparison {
  if (runs.length === 0) throw new RangeError('cannot compare runs; at least one is needed: 0');
  const groups = groupRuns(runs);
  const tested = runs.some(({ result }) => result?.test !== undefined);
  return {
    rows: groups.map((group) => rowOf(group, tested)),
    spec: comparisonPlot(groups, title),
    notes: [...groups.flatMap(notesOf), ...environmentNotes(runs)],
  };
}

function rowOf({ name, runs, differs }: RunGroup, tested: boolean): ComparisonRow {
  const finished = runs.filter(isFinished);
  const seeds = runs.map(({ config }) => config.options.seed).sort((a, b) => a - b);
  return {
    group: name,
    seeds: seeds.join(', '),
    validationAccuracy: told(finished.map((run) => accuracies(run).at(-1) ?? Number.NaN)),
    bestEpoch: told(finished.map((run) => Math.max(...accuracies(run).filter(Number.isFinite)))),
    ...(tested && {
      testAccuracy: told(finished.map(({ result }) => result?.test?.accuracy ?? Number.NaN)),
    }),
    seconds: mean(finished.map(({ seconds }) => seconds)),
    imagesPerSecond: mean(finished.map(throughput)),
    differs,
  };
}

/** NaN for an epoch without. */
function accuracies({ epochs }: ComparedRun): number[] {
  return epochs.map(({ valAccuracy = Number.NaN }) => valAccuracy);
}

/** Every epoch has the same images, so that the rate over all is the harmonic mean. */
function throughput({ epochs }: ComparedRun): number {
  return 1 / mean(epochs.map(({ imagesPerSecond }) => 1 / imagesPerSecond));
}

function told(values: readonly number[]): string {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return '–';
  const spread = finite.length > 1 ? ` ± ${(100 * deviation(finite)).toFixed(2)}` : '';
  return `${(100 * mean(finite)).toFixed(2)} %${spread} (n = ${finite.length})`;
}

function notesOf({ name, runs }: RunGroup): string[] {
  const notes: string[] = [];
  const unfinished = runs.filter((run) => !isFinished(run));
  for (const { name: run, epochs, config, result } of unfinished) {
    const end = result ? result.stopped : 'not finished';
    const place = `after epoch ${epochs.at(-1)?.epoch ?? 0} of ${config.options.epochs}`;
    notes.push(`${name}: ${run} is ${end} ${place} and counts in no number`);
  }
  const seeds = runs.map(({ config }) => config.options.seed);
  const repeated = [...new Set(seeds.filter((seed, i) => seeds.indexOf(seed) !== i))];
  if (repeated.length > 0) {
    notes.push(`${name}: more than one run has seed ${repeated.join(', ')}; these are not independent`);
  }
  if (runs.every((run) => !accuracies(run).some(Number.isFinite))) {
    notes.push(`${name}: no validation accuracy, so it is not in the plot`);
  }
  return notes;
}

function environmentNotes([first, ...others]: readonly ComparedRun[]): string[] {
  return others.flatMap(({ name, config }) =>
    environmentDifferences(first.config, config).map(
      (difference) => `${first.name} and ${name} differ in ${difference}`,
    ),
  );
}
