/** Which number of an epoch tells whether a training still gets better. */
import { checkOneOf } from '../model/check-arguments';
import type { EpochRecord, TrainingRecord } from './records';
import type { Training } from './training';

export type WatchedMetric = 'valLoss' | 'valAccuracy' | 'loss' | 'accuracy';

const METRICS: readonly WatchedMetric[] = ['valLoss', 'valAccuracy', 'loss', 'accuracy'];

/** The best value of a metric so far, and how long ago it was. */
export class Best {
  value: number | undefined;
  /** The epoch that had it; 0: none yet. */
  epoch = 0;
  /** Epochs since it, or since {@link waited} was last set to 0. */
  waited = 0;

  /**
   * @param minDelta least change that counts as better; at least 0
   * @throws RangeError or TypeError which names what cannot be
   */
  constructor(
    readonly metric: WatchedMetric,
    readonly minDelta: number,
  ) {
    checkOneOf('metric', metric, METRICS);
    if (!(minDelta >= 0)) throw new RangeError(`invalid minDelta; not a number of at least 0: ${minDelta}`);
  }

  /**
   * To be asked at every record, so that a long epoch is not waited for in vain.
   *
   * @throws TypeError when the training does not measure the metric
   */
  checkMeasured(record: TrainingRecord, training: Pick<Training, 'validates'>): void {
    const { metric } = this;
    if (metric.startsWith('val') && !training.validates) {
      throw new TypeError(
        `cannot watch ${metric}; epochs must be validated for it: the training has no validation split; ` +
          `give one, or watch ${metric === 'valLoss' ? 'loss' : 'accuracy'}`,
      );
    }
    if (metric.endsWith('ccuracy') && Number.isNaN(record.accuracy)) {
      throw new TypeError(
        `cannot watch ${metric}; the model must measure it: it was compiled without; ` +
          "compile it with metrics: ['accuracy'], or watch a loss",
      );
    }
  }

  /**
   * Takes a new epoch into account and tells whether it is the best so far; NaN never is. An epoch whose validation was aborted
   * does not count, whatever the metric: its record comes again.
   */
  add(record: EpochRecord, { validates }: Pick<Training, 'validates'>): boolean {
    const value = record[this.metric];
    if (value === undefined || (validates && record.valLoss === undefined)) return false;
    const gain = this.metric.endsWith('oss')
      ? (this.value ?? Number.POSITIVE_INFINITY) - value
      : value - (this.value ?? Number.NEGATIVE_INFINITY);
    if (!(gain > this.minDelta)) {
      this.waited++;
      return false;
    }
    this.value = value;
    this.epoch = record.epoch;
    this.waited = 0;
    return true;
  }

  /** As plain data, for {@link restore}. */
  save(): { value: number | null; epoch: number; waited: number } {
    return { value: this.value ?? null, epoch: this.epoch, waited: this.waited };
  }

  restore(saved: { readonly value?: unknown; readonly epoch?: unknown; readonly waited?: unknown }): void {
    this.value = typeof saved.value === 'number' ? saved.value : undefined;
    this.epoch = Number(saved.epoch);
    this.waited = Number(saved.waited);
  }
}
