/** The cluster bench: so many workers in turn, round by round, so that a machine that slows down slows all of them. */
import { toLine } from '../lines';
import type { ClusterPlan } from './plan';
import { runWorkers, type WorkersOptions } from './run-workers';
import { type AllReduceMedian, allReduceMedians, type TrainingMedian, trainingMedians } from './summary';
import { type AllReduceReport, type ReportOf, type Task, type TrainingReport, taskName } from './task';

export interface ClusterOutcome {
  /** A list for every net. */
  readonly trainings: readonly (readonly TrainingMedian[])[];
  readonly allReduces: readonly AllReduceMedian[];
  readonly versions: Readonly<Record<string, string>>;
}

export interface ClusterBenchOptions extends WorkersOptions {
  /** Takes the lines of JSON. */
  readonly onLine: (line: string) => void;
  /** Told what runs just now; empty when nothing does. */
  readonly onProgress: (text: string) => void;
}

/** @throws Error when a worker failed: what the others measured is of no use then */
export async function measureCluster(
  { rounds, workers, trainings, allReduce }: ClusterPlan,
  options: ClusterBenchOptions,
): Promise<ClusterOutcome> {
  const { onLine, onProgress } = options;

  async function inTurn<T extends Task>(task: T, turns: readonly number[], name: object) {
    const reports = new Map<number, ReportOf<T>[]>(turns.map((size) => [size, []]));
    for (let round = 1; round <= rounds; round++) {
      for (const size of turns) {
        onProgress(
          `${taskName(task)}, round ${round} of ${rounds}: ${size} ${size > 1 ? 'workers' : 'worker'} ...`,
        );
        const report = await runWorkers(task, size, options).finally(() => onProgress(''));
        reports.get(size)!.push(report);
        onLine(toLine({ ...name, workers: size, ...withoutVersions(report), round }));
      }
    }
    return reports;
  }

  const outcome: { trainings: TrainingMedian[][]; allReduces: AllReduceMedian[] } = {
    trainings: [],
    allReduces: [],
  };
  let versions = {};
  for (const training of trainings) {
    const { net, share } = training;
    const reports: Map<number, TrainingReport[]> = await inTurn(training, workers, { net, share });
    const medians = trainingMedians(training, reports);
    for (const median of medians) onLine(toLine(median));
    outcome.trainings.push(medians);
    versions = reports.get(workers[0])![0].versions;
  }
  const several = workers.filter((size) => size > 1);
  const reports: Map<number, AllReduceReport[]> = await inTurn(allReduce, several, { task: allReduce.task });
  for (const [size, ofRounds] of reports) {
    const medians = allReduceMedians(allReduce, size, ofRounds);
    for (const median of medians) onLine(toLine({ task: allReduce.task, ...median }));
    outcome.allReduces.push(...medians);
  }
  return { ...outcome, versions };
}

function withoutVersions(report: TrainingReport | AllReduceReport): object {
  if (!('versions' in report)) return report;
  const { versions: _versions, ...numbers } = report;
  return numbers;
}
