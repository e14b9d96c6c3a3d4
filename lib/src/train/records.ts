/** What training reports while it runs: small plain objects that plots, logs and progress bars read. */

/** After every optimizer step. */
export interface StepRecord {
  readonly kind: 'step';
  /** 1-based, over the whole training. */
  readonly step: number;
  readonly totalSteps: number;
  /** 1-based. */
  readonly epoch: number;
  /** Loss of this batch, as it was trained on: with label smoothing, mixup or cutmix if there were any. */
  readonly loss: number;
  /** Accuracy of this batch, 0..1; NaN when the model was compiled without it. */
  readonly accuracy: number;
  /** The learning rate of this step; NaN for an optimizer that does not tell. */
  readonly rate: number;
  /** Euclidean norm of all gradients together, before they are clipped; undefined unless it is asked for, or needed to clip. */
  readonly gradientNorm?: number;
  /** Seconds of training until now, those before an interruption included. */
  readonly seconds: number;
  /** Averaged over the epoch so far, validation excluded. */
  readonly imagesPerSecond: number;
  /** What the process holds in memory, in 10^6 bytes; a quarter of a second old at most. */
  readonly memoryMB: number;
}

/** How one worker of a cluster did in an epoch. */
export interface WorkerSpeed {
  /** Its own share of the images. */
  readonly imagesPerSecond: number;
  /** Of the time between the first step of the epoch and the last, the share that it had to wait for the others and for the network. */
  readonly waited: number;
}

/** After every epoch. */
export interface EpochRecord {
  readonly kind: 'epoch';
  /** 1-based. */
  readonly epoch: number;
  readonly epochs: number;
  /** The last step of the epoch, 1-based over the whole training; undefined in records from before it was noted. */
  readonly step?: number;
  /** Mean over the epoch's images while the weights moved, as Keras reports it. */
  readonly loss: number;
  /** Mean over the epoch's images, 0..1; NaN when the model was compiled without it. */
  readonly accuracy: number;
  /** The learning rate of the epoch's last step. */
  readonly rate?: number;
  /** On the validation split at the end of the epoch, with the averaged weights where there are some; undefined when none was given. */
  readonly valLoss?: number;
  readonly valAccuracy?: number;
  /** The epoch's training and validation time. */
  readonly seconds: number;
  /** Of all workers together, where there are several. */
  readonly imagesPerSecond: number;
  /** Of a cluster, in the order of the workers. */
  readonly workers?: readonly WorkerSpeed[];
}

export type TrainingRecord = StepRecord | EpochRecord;
