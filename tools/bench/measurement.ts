/** What the bench tells a measuring process and what it hears back, one JSON object each way; tools/peers/ speaks the same. */

export const MEASURES = ['train', 'predict', 'compile', 'memory', 'event-loop'] as const;
export type Measure = (typeof MEASURES)[number];

export const NETS = ['article', 'resnet20', 'resnet50', 'resnet110'] as const;
export type NetName = (typeof NETS)[number];

/** Float16 stands for mixed precision on a GPU. */
export type Runner =
  | ('ours' | 'ours-eager' | 'ours-xla' | 'ours-float16' | 'tfjs')
  | ('keras' | 'keras-jit')
  | ('torch' | 'torch-compile' | 'torch-float16');

/** One process measures one runner on one net and batch, once. */
export interface Measurement {
  readonly measure: Measure;
  readonly runner: Runner;
  readonly net: NetName;
  /** Images in a step. */
  readonly batch: number;
  /** Of the split that is trained on, or predicted. */
  readonly images: number;
  /** Passes over the split; the first one warms up and is not timed. */
  readonly epochs: number;
}

/** What a process says after its measurement. */
export interface Report {
  /** Numbers the net holds, moving statistics included; equal for all runners, or the comparison is refused. */
  readonly parameters: number;
  /** Of the whole loop, shuffling, feeding and metrics included: the timed epochs divided by their steps. */
  readonly msPerStep: number;
  readonly imagesPerSecond: number;
  /** Largest resident memory of the whole process (VmHWM), in 10^6 bytes. */
  readonly peakMemoryMB: number;
  /** What the first step took beyond a usual one; undefined where a runner does not show its steps. */
  readonly compileSeconds?: number;
  /** Resident memory (VmRSS) after every epoch, in 10^6 bytes. */
  readonly residentMB?: readonly number[];
  /** `tf.memory().numTensors` after every epoch. */
  readonly numTensors?: readonly number[];
  /** How late a timer of 10 ms came while the net trained, compilation included, in milliseconds. */
  readonly lateMs?: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Mean of the last epoch: a finite number shows that it trained. */
  readonly loss?: number;
  /** Processor threads that the runner was left with. */
  readonly threads: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** A runner on a net and batch after all rounds: medians, field by field. */
export interface Median {
  readonly measure: Measure;
  readonly runner: Runner;
  readonly net: NetName;
  readonly batch: number;
  readonly rounds: number;
  /** Fastest and slowest round. */
  readonly msPerStepRange: readonly [number, number];
  readonly report: Report;
}
