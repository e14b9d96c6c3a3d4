import type { EpochRecord } from '../../lib/src/train/records';
import type { RunConfig } from '../../lib/src/train/run-config';

/** A small run's configuration, with more or other options. */
export function runConfig(options: Readonly<Record<string, unknown>> = {}): RunConfig {
  return {
    created: '2026-11-25T20:58:00.000Z',
    title: 'a small run',
    model: { name: 'resnet', parameters: 100, layers: 'ab12' },
    data: {
      name: 'generated images (not CIFAR-10)',
      source: 'generated',
      trainImages: 60,
      validationImages: 30,
      imageShape: [4, 4, 3],
      classNames: ['above', 'below', 'even'],
    },
    options: { epochs: 2, batchSize: 8, seed: 1, ...options },
    device: 'CPU',
    versions: { node: '20.0.0' },
    commit: '1f3c',
  };
}

/** The records of so many epochs out of those planned, with these validation accuracies; NaN: without validation. */
export function epochRecords(accuracies: readonly number[], epochs = accuracies.length): EpochRecord[] {
  return accuracies.map((valAccuracy, i) => ({
    kind: 'epoch',
    epoch: i + 1,
    epochs,
    step: 8 * (i + 1),
    loss: 1 / (i + 1),
    accuracy: 0.5,
    ...(Number.isFinite(valAccuracy) && { valLoss: 1, valAccuracy }),
    rate: 0.1,
    seconds: 2,
    imagesPerSecond: 30,
  }));
}
