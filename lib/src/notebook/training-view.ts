/** A training as one sees it: a progress bar, a line an epoch, a plot that grows, one more of a cluster's workers, a summary. */
import type { VegaLiteSpec } from '../plot/spec';
import { trainingCurves } from '../plot/training-curves';
import { workerCurves } from '../plot/worker-curves';
import type { EpochRecord, StepRecord, TrainingRecord } from '../train/records';
import type { TrainingEnd } from '../train/training';
import { type LiveDisplay, liveDisplay } from './live-display';
import type { Output } from './output';
import { clockTime, type ProgressBar, progressBar } from './progress-bar';

/** Milliseconds between two states of the plot: a browser needs a moment for each. */
const PLOT_INTERVAL = 1000;

/** What one sees of a training: feed it the records, then finish it. */
export class TrainingView {
  private bar: ProgressBar | undefined;
  private plot: LiveDisplay | undefined;
  private workersPlot: LiveDisplay | undefined;
  private readonly done: EpochRecord[] = [];
  private running: EpochMean | undefined;

  /** @param epochs How many are planned. */
  constructor(
    private readonly title: string,
    private readonly epochs: number,
    private readonly output: Output,
  ) {}

  /** Puts the epochs before an interruption into the plot. */
  resume(epochs: readonly EpochRecord[]): void {
    this.done.push(...epochs);
  }

  async add(record: TrainingRecord): Promise<void> {
    if (record.kind === 'epoch') {
      this.done.push(record);
      this.running = undefined;
      this.bar?.print(epochLine(record));
      await this.updatePlot(this.done);
      if (record.workers) await this.updateWorkersPlot();
      return;
    }
    this.running ??= new EpochMean();
    const mean = this.running.add(record);
    this.bar ??= progressBar({
      label: 'training',
      total: record.totalSteps,
      elapsed: record.seconds,
      output: this.output,
    });
    const note = [`epoch ${record.epoch}`, ...measures('', mean), rate(record)].join(', ');
    this.bar.update(record.step, note);
    await this.updatePlot([...this.done, { ...record, ...mean, kind: 'epoch', epochs: this.epochs }]);
  }

  /** Ends the bar where it stands, and leaves the plots with the whole epochs, or with the first one's beginning. */
  async finish(): Promise<void> {
    this.bar?.finish('');
    if (this.done.length === 0) return this.plot?.finish();
    this.plot ??= liveDisplay(undefined, { output: this.output });
    await this.plot.finish(trainingCurves(this.done, { title: this.title }));
    if (!this.done.some(({ workers }) => workers)) return;
    this.workersPlot ??= liveDisplay(undefined, { output: this.output });
    await this.workersPlot.finish(this.workerCurves());
  }

  print(line: string): void {
    this.output.print(line);
  }

  private async updatePlot(epochs: readonly EpochRecord[]): Promise<void> {
    if (this.output.kind === 'terminal') return; // it cannot redraw a plot: it gets the last one
    this.plot ??= liveDisplay(undefined, { interval: PLOT_INTERVAL, output: this.output });
    await this.plot.update(trainingCurves(epochs, { title: this.title }));
  }

  private async updateWorkersPlot(): Promise<void> {
    if (this.output.kind === 'terminal') return;
    this.workersPlot ??= liveDisplay(undefined, { interval: PLOT_INTERVAL, output: this.output });
    await this.workersPlot.update(this.workerCurves());
  }

  private workerCurves(): VegaLiteSpec {
    return workerCurves(this.done, { title: `${this.title}, by worker` });
  }
}

/** Loss and accuracy so far of the epoch under way: steps move too much to be looked at one by one. */
class EpochMean {
  private steps = 0;
  private lossSum = 0;
  private accuracySum = 0;

  add(record: StepRecord): { loss: number; accuracy: number } {
    this.steps++;
    this.lossSum += record.loss;
    this.accuracySum += record.accuracy;
    return { loss: this.lossSum / this.steps, accuracy: this.accuracySum / this.steps };
  }
}

function epochLine(record: EpochRecord): string {
  const results = [...measures('', record), ...validationMeasures(record)];
  return [
    `epoch ${record.epoch}/${record.epochs}: ${results.join(', ')}`,
    clockTime(record.seconds),
    rate(record),
  ].join(', ');
}

/** `trained 2 epochs, 0:31, loss 0.912, accuracy 68.2 %`. */
export function summary({ stopped, epochs, seconds }: TrainingEnd): string {
  const last = epochs.at(-1);
  const count = `${epochs.length} ${epochs.length === 1 ? 'epoch' : 'epochs'}`;
  const what = stopped === 'finished' ? `trained ${count}` : `stopped after ${count}, the weights are kept`;
  const results = last ? [...measures('', last), ...validationMeasures(last)] : [];
  return [`${what}, ${clockTime(seconds)}`, ...results].join(', ');
}

/** Of the last epoch: `worker 0: 1,203 images/s, waited 7 % of the time`; nothing where there was one worker. */
export function speedOfWorkers(epochs: readonly EpochRecord[]): string[] {
  return (epochs.at(-1)?.workers ?? []).map(
    ({ imagesPerSecond, waited }, i) =>
      `worker ${i}: ${Math.round(imagesPerSecond).toLocaleString('en-US')} images/s, waited ${Math.round(100 * waited)} % of the time`,
  );
}

/** `["loss 0.912", "accuracy 68.2 %"]`; without the accuracy when the model does not measure it. */
function measures(prefix: string, { loss, accuracy }: { loss: number; accuracy?: number }): string[] {
  const texts = [`${prefix}loss ${loss.toFixed(3)}`];
  if (Number.isFinite(accuracy)) texts.push(`${prefix}accuracy ${(100 * accuracy!).toFixed(1)} %`);
  return texts;
}

function validationMeasures({ valLoss, valAccuracy }: EpochRecord): string[] {
  return valLoss === undefined ? [] : measures('validation ', { loss: valLoss, accuracy: valAccuracy });
}

function rate({ imagesPerSecond }: TrainingRecord): string {
  return `${Math.round(imagesPerSecond).toLocaleString('en-US')} images/s`;
}
