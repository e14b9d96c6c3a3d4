/**
 * A program that begins a training, or goes on with it where its process was killed:
 * `killed-training-program.ts DIRECTORY SEED`. It says 0 before anything of the run is read or written, then the number of every step
 * that it takes, and at the end what came of it, as JSON.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { type FitEnd, fit } from '../../lib/src/notebook/fit';
import { sgd } from '../../lib/src/optimizers/sgd';
import { earlyStopping } from '../../lib/src/train/early-stopping';
import type { TrainingRecord } from '../../lib/src/train/records';
import { reduceOnPlateau } from '../../lib/src/train/reduce-on-plateau';
import { copyWeights } from '../../lib/src/train/weight-copy';
import { capturedTerminal } from '../notebook/captured-output';
import { dispose, dropoutModel } from './resumable';
import { tinySplit } from './tiny-problem';

export const EPOCHS = 12;
export const STEPS = 20; // of an epoch

export interface Outcome extends Pick<FitEnd, 'stopped' | 'epochs' | 'run'> {
  /** sha256 of the model's weights, in hexadecimal digits. */
  readonly weights: string;
}

/** Trains with nearly all that a step can have, and with consumers that remember something, to the end. */
export async function trainedRun(
  directory: string,
  seed: number,
  onRecord: (record: TrainingRecord) => void = () => {},
): Promise<Outcome> {
  const model = dropoutModel(sgd({ learningRate: 0.02, momentum: 0.9, weightDecay: 1e-3 }));
  const end = await fit(
    model,
    tinySplit(STEPS * 8),
    {
      ...{ epochs: EPOCHS, batchSize: 8, seed, validation: tinySplit(12, 2) },
      ...{ augmentation: { crop: { pad: 1 }, flip: 'random' }, mix: { kind: 'cutmix', alpha: 1 } },
      ...{ averageDecay: 0.99, schedule: (step: number) => 0.02 / (1 + step / 100) },
      consumers: [
        reduceOnPlateau({ factor: 0.7, patience: 1, metric: 'loss' }),
        earlyStopping({ patience: EPOCHS }),
      ],
      ...{ runs: directory, run: `seed-${seed}`, resume: true },
      checkpoints: { everySteps: 7 },
      compile: { intraOpThreads: 1 }, // for the tests that run beside it
      onRecord,
    },
    capturedTerminal().output,
  );
  const hash = createHash('sha256');
  for (const { values } of copyWeights(model).values()) hash.update(values);
  dispose(model);
  const { stopped, epochs, run } = end;
  return { stopped, epochs, run, weights: hash.digest('hex') };
}

async function main(directory: string, seed: number): Promise<void> {
  fs.writeSync(1, '0\n');
  const outcome = await trainedRun(directory, seed, ({ kind, step }) => {
    if (kind === 'step') fs.writeSync(1, `${step}\n`);
  });
  fs.writeSync(1, `${JSON.stringify(outcome)}\n`);
}

if (require.main === module) void main(process.argv[2], Number(process.argv[3]));
