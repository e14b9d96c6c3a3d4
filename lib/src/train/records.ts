/** What training reports while it runs: small plain objects that plots, logs and progress bars read. */

/** After every optimizer step. */
export interface StepRecord {
  readonly kind: 'step';
  /** 1-based, over the whole training. */
  readonly step: number;
  readonly totalSteps: number;
  /** 1-based. */
  readonly epoch: number;
  /** Loss of this batch. */
  readonly loss: number;
  /** Accuracy of this batch, 0..1; NaN when the model was compiled without it. */
  readonly accuracy: number;
  /** Seconds since training began. */
  readonly seconds: number;
  /** Averaged over the epoch so far, validation excluded. */
  readonly imagesPerSecond: number;
}

/** After every epoch. */
export interface EpochRecord {
  readonly kind: 'epoch';
  /** 1-based. */
  readonly epoch: number;
  readonly epochs: number;
  /** Mean over the epoch's images while the weights moved, as Keras reports it. */
  readonly loss: number;
  /** Mean over the epoch's images, 0..1; NaN when the model was compiled without it. */
  readonly accuracy: number;
  /** On the validation split at the end of the epoch; undefined when none was given. */
  readonly valLoss?: number;
  readonly valAccuracy?: number;
  /** The epoch's training and validation time. */
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

export type TrainingRecord = StepRecord | EpochRecord;
