/** From the reports of the rounds to medians, efficiencies and bandwidths. */
import { median } from '../../../lib/src/plot/mean';
import type { NetName } from '../measurement';
import type { AllReduceReport, AllReduceTask, TrainingReport, TrainingTask } from './task';

/** So many workers on a net after all rounds. */
export interface TrainingMedian {
  readonly net: NetName;
  /** Images of one worker in a step. */
  readonly share: number;
  readonly workers: number;
  readonly msPerStep: number;
  /** Fastest and slowest round. */
  readonly msPerStepRange: readonly [number, number];
  /** Of all workers together. */
  readonly imagesPerSecond: number;
  /**
   * The time of a step of one worker alone, with the same share, divided by that of all together: 1 where working together costs
   * nothing. Undefined for one.
   */
  readonly efficiency?: number;
  /** By worker, 0..1; undefined for one. */
  readonly waited?: readonly number[];
  readonly rounds: number;
  readonly parameters: number;
}

/** @param reports by the number of workers, one of every round; those of one worker give the others their efficiency */
export function trainingMedians(
  { net, share }: TrainingTask,
  reports: ReadonlyMap<number, readonly TrainingReport[]>,
): TrainingMedian[] {
  const alone = median((reports.get(1) ?? []).map(({ msPerStep }) => msPerStep));
  return [...reports].map(([workers, rounds]) => {
    const times = rounds.map((report) => report.msPerStep);
    const msPerStep = median(times);
    const { waited, parameters } = rounds[0];
    return {
      ...{ net, share, workers, msPerStep },
      msPerStepRange: [Math.min(...times), Math.max(...times)],
      imagesPerSecond: median(rounds.map((report) => report.imagesPerSecond)),
      ...(workers > 1 && {
        efficiency: alone / msPerStep,
        waited: waited.map((_, worker) => median(rounds.map((report) => report.waited[worker]))),
      }),
      rounds: rounds.length,
      parameters,
    };
  });
}

/** An all-reduce of so many bytes over so many workers after all rounds. */
export interface AllReduceMedian {
  readonly bytes: number;
  readonly workers: number;
  readonly ms: number;
  /**
   * What each worker sends and, at the same time, receives, in 10^9 bytes a second: a ring takes 2 (N - 1) / N of the bytes through
   * every worker (Patarasuk and Yuan 2009, Bandwidth optimal all-reduce algorithms).
   */
  readonly gigabytesPerSecond: number;
  readonly rounds: number;
}

/** @param reports one of every round */
export function allReduceMedians(
  { sizes }: AllReduceTask,
  workers: number,
  reports: readonly AllReduceReport[],
): AllReduceMedian[] {
  return sizes.map(({ bytes }, i) => {
    const ms = median(reports.map((report) => report.ms[i]));
    const sent = (2 * (workers - 1) * bytes) / workers;
    return { bytes, workers, ms, gigabytesPerSecond: sent / ms / 1e6, rounds: reports.length };
  });
}
