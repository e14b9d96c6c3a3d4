/** What a run of the cluster bench consists of. */
import type { NetName } from '../measurement';
import type { AllReduceSize, AllReduceTask, TrainingTask } from './task';

export interface ClusterChoice {
  readonly cluster: true;
  /** Undefined: those that a bar is stated for. */
  readonly nets?: readonly NetName[];
  readonly rounds: number;
  /** In an epoch; undefined: those of the net. */
  readonly steps?: number;
}

export interface ClusterPlan {
  readonly rounds: number;
  /** How many workers take part, from 1, which is a process without a cluster, in the order of their turns. */
  readonly workers: readonly number[];
  readonly trainings: readonly TrainingTask[];
  readonly allReduce: AllReduceTask;
}

const BARRED_NETS: readonly NetName[] = ['article', 'resnet20'];
const MOST_WORKERS = 4;
const EPOCHS = 3; // one warms up

/** Images of one worker in a step. */
const SHARES: Readonly<Record<NetName, number>> = { article: 32, resnet20: 64, resnet50: 8, resnet110: 64 };

/** An epoch of some 5 seconds on one core. */
const STEPS: Readonly<Record<NetName, number>> = { article: 500, resnet20: 50, resnet50: 3, resnet110: 5 };

const MEGABYTES = [0.38, 1.32, 10, 100]; // 10^6 bytes; the article's gradients have 1.32, ResNet-50's 102
const TOTAL_MEGABYTES = 1000; // by all repeats of a size

/** @param cores that workers can have, one each; at least two */
export function planCluster(
  { nets = BARRED_NETS, rounds, steps }: ClusterChoice,
  cores: number,
): ClusterPlan {
  return {
    rounds,
    workers: Array.from({ length: Math.min(cores, MOST_WORKERS) }, (_, i) => i + 1),
    trainings: nets.map((net) => ({
      task: 'train',
      net,
      share: SHARES[net],
      steps: steps ?? STEPS[net],
      epochs: EPOCHS,
    })),
    allReduce: { task: 'all-reduce', sizes: MEGABYTES.map(sizeOf) },
  };
}

/** Often enough for a median, and no longer than some seconds. */
function sizeOf(megabytes: number): AllReduceSize {
  const repeats = Math.min(200, Math.max(10, Math.round(TOTAL_MEGABYTES / megabytes)));
  return { bytes: megabytes * 1e6, repeats };
}
