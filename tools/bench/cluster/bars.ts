/** What the bench demands of a cluster. Source: the issue that asked for training on several machines. */
import type { NetName } from '../measurement';
import type { TrainingMedian } from './summary';

/** The bars are stated for so many workers, each with a core of its own. */
export const BAR_WORKERS = 2;

/** Of the speed of workers that need not wait for each other. */
const LEAST_EFFICIENCY: Partial<Readonly<Record<NetName, number>>> = { article: 0.7, resnet20: 0.85 };

export interface ClusterVerdict {
  readonly net: NetName;
  readonly efficiency: number;
  readonly least: number;
  readonly met: boolean;
}

/** The bars whose value was measured. */
export function judgeCluster(medians: readonly TrainingMedian[]): ClusterVerdict[] {
  return medians.flatMap(({ net, workers, efficiency }) => {
    const least = LEAST_EFFICIENCY[net];
    if (workers !== BAR_WORKERS || least === undefined || efficiency === undefined) return [];
    return [{ net, efficiency, least, met: efficiency >= least }];
  });
}
