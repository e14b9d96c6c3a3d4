/** The end of a run for people: one table a net with its bar, and one of the all-reduces. */
import { aligned, short } from '../table';
import { BAR_WORKERS, judgeCluster } from './bars';
import type { ClusterOutcome } from './measure-cluster';
import type { AllReduceMedian, TrainingMedian } from './summary';

export function clusterTable({ trainings, allReduces }: ClusterOutcome): string {
  return [...trainings.map(trainingTable), allReduceTable(allReduces)].join('\n\n');
}

function trainingTable(medians: readonly TrainingMedian[]): string {
  const [{ net, share, parameters, rounds }] = medians;
  const numbers = parameters.toLocaleString('en');
  const rows = medians.map(({ workers, msPerStep, msPerStepRange, imagesPerSecond, efficiency, waited }) => [
    String(workers),
    short(msPerStep),
    msPerStepRange.map(short).join('-'),
    short(imagesPerSecond),
    efficiency === undefined ? '' : percent(efficiency),
    waited?.map(percent).join(', ') ?? '',
  ]);
  const verdicts = judgeCluster(medians).map(({ met, least, efficiency }) => {
    const sign = met ? 'met   ' : 'MISSED';
    return `  ${sign}  at least ${percent(least)}: ${percent(efficiency)} efficiency of ${BAR_WORKERS} workers`;
  });
  return [
    `cluster: ${net}, ${share} images per worker in a step, ${numbers} parameters, a core each, ${medianOf(rounds)}`,
    ...aligned([['workers', 'ms a step', 'from-to', 'images/s', 'efficiency', 'waited, by worker'], ...rows]),
    ...(verdicts.length > 0 ? ['bars', ...verdicts] : []),
  ].join('\n');
}

function allReduceTable(medians: readonly AllReduceMedian[]): string {
  const rows = medians.map(({ workers, bytes, ms, gigabytesPerSecond }) => [
    String(workers),
    short(bytes / 1e6),
    short(ms),
    short(gigabytesPerSecond),
  ]);
  return [
    `all-reduce of float32 over loopback, a core each, ${medianOf(medians[0].rounds)}`,
    ...aligned([['workers', 'MB', 'ms', 'GB/s each way'], ...rows]),
  ].join('\n');
}

function medianOf(rounds: number): string {
  return rounds > 1 ? `medians of ${rounds} rounds` : '1 round';
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
