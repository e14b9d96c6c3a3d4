import path from 'node:path';
import { scalarsEvent, startEventFile } from './event-file';
import { fileObserver, type Observer } from './observers';
import type { EpochRecord, TrainingRecord } from './records';

/**
 * Writes records for TensorBoard (`tensorboard --logdir <directory>`), with the folders and tags of Keras's callback, so that runs of
 * both lie in one plot:
 *
 * | folder | at every step, from 1 on | at every epoch, from 0 on, as Keras counts |
 * |---|---|---|
 * | `train` | `batch_loss`, `batch_accuracy`, `learning_rate`, `gradient_norm`, `images_per_second` | `epoch_loss`, `epoch_accuracy`, `epoch_learning_rate` |
 * | `validation` | | `epoch_loss`, `epoch_accuracy` |
 *
 * `batch_*` are those of one batch; Keras shows their mean over the epoch so far. What a record lacks gets no tag. A resumed run
 * takes the same directory and adds files; of the steps that it takes again, TensorBoard shows the later ones (but both with
 * `--load_fast=false`).
 *
 * Source: https://keras.io/api/callbacks/tensorboard/ and keras/src/callbacks/tensorboard.py of Keras 3
 */
export function tensorBoard(directory: string): Observer {
  const name = 'TensorBoard';
  const train = fileObserver(name, {
    open: () => startEventFile(path.join(directory, 'train')),
    encode: trainEvent,
  });
  const validation = fileObserver(name, {
    open: () => startEventFile(path.join(directory, 'validation')),
    encode: (record) => (record.kind === 'epoch' ? validationEvent(record) : undefined),
  });
  return {
    name,
    async onRecord(record) {
      try {
        await train.onRecord(record);
      } finally {
        await validation.onRecord(record);
      }
    },
    async close() {
      try {
        await train.close?.();
      } finally {
        await validation.close?.();
      }
    },
  };
}

function trainEvent(record: TrainingRecord): Uint8Array | undefined {
  if (record.kind === 'step') {
    return event(record.step, {
      batch_loss: record.loss,
      batch_accuracy: known(record.accuracy),
      learning_rate: known(record.rate),
      gradient_norm: record.gradientNorm,
      images_per_second: record.imagesPerSecond,
    });
  }
  return event(record.epoch - 1, {
    epoch_loss: record.loss,
    epoch_accuracy: known(record.accuracy),
    epoch_learning_rate: known(record.rate),
  });
}

function validationEvent({ epoch, valLoss, valAccuracy }: EpochRecord): Uint8Array | undefined {
  return event(epoch - 1, { epoch_loss: valLoss, epoch_accuracy: known(valAccuracy) });
}

/** An accuracy or a rate of NaN is one that is not known; a loss or a norm of NaN is news. */
function known(value: number | undefined): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}

/** Undefined when there is nothing to tell. */
function event(step: number, scalars: Record<string, number | undefined>): Uint8Array | undefined {
  const told = Object.entries(scalars).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return told.length > 0 ? scalarsEvent(step, Object.fromEntries(told)) : undefined;
}
