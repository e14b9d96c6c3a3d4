/** What the cluster bench tells a worker's process and what it hears back, one JSON object each way. */
import type { NetName } from '../measurement';

export interface TrainingTask {
  readonly task: 'train';
  readonly net: NetName;
  /** Images that one worker takes of a step's batch. */
  readonly share: number;
  /** In an epoch. */
  readonly steps: number;
  /** The first one warms up and is not timed. */
  readonly epochs: number;
}

export interface AllReduceTask {
  readonly task: 'all-reduce';
  readonly sizes: readonly AllReduceSize[];
}

export interface AllReduceSize {
  /** Of float32 that every worker has. */
  readonly bytes: number;
  /** Timed; some more warm up. */
  readonly repeats: number;
}

export type Task = TrainingTask | AllReduceTask;

/** For people. */
export function taskName(task: Task): string {
  return task.task === 'train' ? `${task.net}, ${task.share} images each` : 'all-reduce';
}

/** What one process is told, as JSON in its first argument. */
export interface Assignment {
  readonly task: Task;
  /** `host:port` of all workers; of one alone, which is no cluster, it is not used. */
  readonly hosts: readonly string[];
  readonly index: number;
}

export interface TrainingReport {
  readonly parameters: number;
  /** Of the whole loop, shuffling, feeding and metrics included: the timed epochs divided by their steps. */
  readonly msPerStep: number;
  /** Of all workers together. */
  readonly imagesPerSecond: number;
  /** By worker, the share of the timed epochs that it waited for the others and for the network, 0..1; empty for one alone. */
  readonly waited: readonly number[];
  /** Mean of the last epoch: a finite number shows that it trained. */
  readonly loss: number;
  readonly versions: Readonly<Record<string, string>>;
}

export interface AllReduceReport {
  /** Median milliseconds of one all-reduce, in the order of the task's sizes. */
  readonly ms: readonly number[];
}

export type ReportOf<T extends Task> = T extends TrainingTask ? TrainingReport : AllReduceReport;

/** The last line that a process prints: what it measured, or why it could not. */
export type Answer<T extends Task> = { readonly report: ReportOf<T> } | { readonly error: string };
