/** Training with everything one wants to see meanwhile; the numbers come from `train()`. */
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { Split } from '../data/split';
import type { TrainingRecord } from '../train/records';
import { type TrainingEnd, type TrainOptions, train } from '../train/train';
import { interruptible } from './interruptible';
import { currentOutput, type Output } from './output';
import { summary, TrainingView } from './training-view';

export interface FitOptions extends TrainOptions {
  /** Called with every record; training waits for it. An error it throws is shown at the end and stops nothing. */
  readonly onRecord?: (record: TrainingRecord) => void | Promise<void>;
  /** Of the plot; default: the split's name. */
  readonly title?: string;
}

const DEFAULT_EPOCHS = 10; // as in the article

const OPTIONS = [
  ...['epochs', 'batchSize', 'seed', 'validation', 'signal', 'compile', 'stepsPerCall'],
  ...['onRecord', 'title'],
];

/**
 * Trains a compiled model and shows a progress bar, one line an epoch and the loss and accuracy as a plot that grows.
 *
 * An interrupt ends the training after the running step and keeps the weights, unless the options bring a signal of the
 * caller's own.
 *
 * @throws TypeError for an option it does not know, and whatever `train()` throws.
 */
export async function fit(
  model: LayersModel,
  split: Split,
  options: FitOptions = {},
  output: Output = currentOutput(),
): Promise<TrainingEnd> {
  for (const name of Object.keys(options)) {
    if (OPTIONS.includes(name)) continue;
    throw new TypeError(`unknown option of fit; not one of ${OPTIONS.join(', ')}: ${name}`);
  }
  const { onRecord, title = `Training on ${split.name}`, ...trainOptions } = options;
  const run = (signal: AbortSignal) => {
    const view = new TrainingView(title, trainOptions.epochs ?? DEFAULT_EPOCHS, output);
    return follow(train(model, split, { epochs: DEFAULT_EPOCHS, ...trainOptions, signal }), view, onRecord);
  };
  return trainOptions.signal ? run(trainOptions.signal) : interruptible(run, output);
}

async function follow(
  records: AsyncGenerator<TrainingRecord, TrainingEnd>,
  view: TrainingView,
  onRecord: FitOptions['onRecord'],
): Promise<TrainingEnd> {
  const display = new Watcher('the display');
  const consumer = new Watcher('onRecord');
  let end: TrainingEnd | undefined;
  try {
    for (;;) {
      const { done, value } = await records.next();
      if (done) {
        end = value;
        return value;
      }
      await display.run(() => view.add(value));
      await consumer.run(() => onRecord?.(value));
    }
  } finally {
    await display.run(() => view.finish());
    if (end) view.print(summary(end));
    for (const watcher of [display, consumer]) watcher.report(view);
  }
}

/** Runs what must not stop the training, and keeps the first error for the end. */
class Watcher {
  private errors = 0;
  private first: unknown;

  constructor(private readonly what: string) {}

  async run(call: () => void | Promise<void>): Promise<void> {
    try {
      await call();
    } catch (error) {
      if (this.errors++ === 0) this.first = error;
    }
  }

  report(view: TrainingView): void {
    if (this.errors === 0) return;
    const times = this.errors === 1 ? 'once' : `${this.errors} times`;
    view.print(`${this.what} failed ${times} while the training went on; first: ${this.first}`);
  }
}
