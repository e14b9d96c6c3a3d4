import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { EpochRecord, StepRecord, TrainingRecord } from '../../lib/src/train/records';
import { tensorBoard } from '../../lib/src/train/tensorboard';
import { temporaryFolder } from '../temporary-folder';

/** Prints `{tag: [[step, value], ...]}` of a run, values as Python writes them. */
const READ_RUN = `
import json, sys
from tensorboard.backend.event_processing import event_accumulator
run = event_accumulator.EventAccumulator(sys.argv[1], size_guidance={event_accumulator.SCALARS: 0})
run.Reload()
print(json.dumps({tag: [[e.step, str(e.value)] for e in run.Scalars(tag)] for tag in run.Tags()['scalars']}))
`;

/** A Python that can import TensorBoard; one that TENSORBOARD_PYTHON names has to be able to. */
function pythonWithTensorBoard(): string | undefined {
  const { TENSORBOARD_PYTHON } = process.env;
  if (TENSORBOARD_PYTHON) return TENSORBOARD_PYTHON;
  const peers = path.resolve(__dirname, '../../.venv-peers/bin/python');
  try {
    execFileSync(peers, ['-c', 'import tensorboard'], { stdio: 'ignore' });
    return peers;
  } catch {
    return undefined;
  }
}

function stepRecord(step: number, more: Partial<StepRecord> = {}): StepRecord {
  return {
    ...{
      kind: 'step',
      step,
      totalSteps: 260,
      epoch: Math.ceil(step / 130),
      loss: 2 / step,
      accuracy: step / 1000,
    },
    ...{
      rate: 0.1 / step,
      gradientNorm: 3 + step,
      seconds: step / 100,
      imagesPerSecond: 100 * step,
      memoryMB: 500,
    },
    ...more,
  };
}

function epochRecord(epoch: number, more: Partial<EpochRecord> = {}): EpochRecord {
  return {
    ...{ kind: 'epoch', epoch, epochs: 2, step: 130 * epoch, loss: 1 / epoch, accuracy: epoch / 10 },
    ...{ valLoss: 1.5 / epoch, valAccuracy: epoch / 20, rate: 0.01, seconds: 1.3, imagesPerSecond: 9000 },
    ...more,
  };
}

async function write(directory: string, records: readonly TrainingRecord[]): Promise<void> {
  const observer = tensorBoard(directory);
  for (const record of records) await observer.onRecord(record);
  await observer.close?.();
}

test('the real TensorBoard reads every number, under the tags and in the folders of Keras', async (t) => {
  const python = pythonWithTensorBoard();
  if (!python)
    return t.skip('no Python with TensorBoard: TENSORBOARD_PYTHON is not set, .venv-peers lacks it');
  const directory = temporaryFolder(t);
  const steps = Array.from({ length: 260 }, (_, i) => stepRecord(i + 1));
  steps[258] = stepRecord(259, { loss: Number.NaN, gradientNorm: Number.POSITIVE_INFINITY });
  const epochs = [epochRecord(1), epochRecord(2)];
  await write(directory, [...steps.slice(0, 130), epochs[0], ...steps.slice(130), epochs[1]]);

  const read = (run: string) => {
    const text = execFileSync(python, ['-c', READ_RUN, path.join(directory, run)], { encoding: 'utf8' });
    const tags = Object.entries(JSON.parse(text) as Record<string, [number, string][]>);
    const number = (value: string) => Number(value.replace('inf', 'Infinity'));
    return Object.fromEntries(
      tags.map(([tag, points]) => [tag, points.map(([at, value]) => [at, number(value)])]),
    );
  };
  const bySteps = (value: (record: StepRecord) => number) =>
    steps.map((record) => [record.step, Math.fround(value(record))]);
  const byEpochs = (value: (record: EpochRecord) => number | undefined) =>
    epochs.map((record) => [record.epoch - 1, Math.fround(Number(value(record)))]);
  assert.deepEqual(read('train'), {
    batch_loss: bySteps(({ loss }) => loss),
    batch_accuracy: bySteps(({ accuracy }) => accuracy),
    learning_rate: bySteps(({ rate }) => rate),
    gradient_norm: bySteps(({ gradientNorm }) => Number(gradientNorm)),
    images_per_second: bySteps(({ imagesPerSecond }) => imagesPerSecond),
    epoch_loss: byEpochs(({ loss }) => loss),
    epoch_accuracy: byEpochs(({ accuracy }) => accuracy),
    epoch_learning_rate: byEpochs(({ rate }) => rate),
  });
  assert.deepEqual(read('validation'), {
    epoch_loss: byEpochs(({ valLoss }) => valLoss),
    epoch_accuracy: byEpochs(({ valAccuracy }) => valAccuracy),
  });
});

/** The tags that stand in the event files of a folder, each once, in order of appearance. */
function tagsIn(folder: string): string[] {
  const texts = fs.readdirSync(folder).map((name) => fs.readFileSync(path.join(folder, name), 'latin1'));
  return [
    ...new Set(texts.join('').match(/(batch|epoch)_[a-z_]+|learning_rate|gradient_norm|images_per_second/g)),
  ];
}

test('a step has its numbers, and what is not known has no tag', async (t) => {
  const directory = temporaryFolder(t);
  await write(path.join(directory, 'all'), [stepRecord(1)]);
  assert.deepEqual(tagsIn(path.join(directory, 'all/train')), [
    'batch_loss',
    'batch_accuracy',
    'learning_rate',
    'gradient_norm',
    'images_per_second',
  ]);
  const unknown = { accuracy: Number.NaN, rate: Number.NaN, gradientNorm: undefined };
  await write(path.join(directory, 'few'), [stepRecord(1, unknown)]);
  assert.deepEqual(tagsIn(path.join(directory, 'few/train')), ['batch_loss', 'images_per_second']);
});

test('an epoch without validation makes no folder for it', async (t) => {
  const directory = temporaryFolder(t);
  await write(directory, [epochRecord(1, { valLoss: undefined, valAccuracy: undefined })]);
  assert.deepEqual(fs.readdirSync(directory), ['train']);
  assert.deepEqual(tagsIn(path.join(directory, 'train')), [
    'epoch_loss',
    'epoch_accuracy',
    'epoch_learning_rate',
  ]);
});

test('a resumed run adds files and leaves the old ones as they are', async (t) => {
  const directory = temporaryFolder(t);
  const files = () => fs.readdirSync(path.join(directory, 'train')).sort();
  await write(directory, [stepRecord(1), stepRecord(2)]);
  const [first] = files();
  const before = fs.readFileSync(path.join(directory, 'train', first));
  await write(directory, [stepRecord(2), stepRecord(3)]);
  assert.equal(files().length, 2);
  assert.equal(files()[0], first);
  assert.deepEqual(fs.readFileSync(path.join(directory, 'train', first)), before);
});

test('when one of the two folders cannot be written, the other gets its numbers all the same', async (t) => {
  const directory = temporaryFolder(t);
  fs.writeFileSync(path.join(directory, 'train'), 'a file is in the way');
  const observer = tensorBoard(directory);
  await assert.rejects(async () => observer.onRecord(epochRecord(1)), { code: 'EEXIST' });
  await assert.rejects(async () => observer.close?.(), { code: 'EEXIST' });
  assert.deepEqual(tagsIn(path.join(directory, 'validation')), ['epoch_loss', 'epoch_accuracy']);
});
