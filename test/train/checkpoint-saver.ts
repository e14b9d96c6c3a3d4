/**
 * A program that resumes from the newest checkpoint and saves one after another until it is killed, each with other numbers:
 * `checkpoint-saver.ts DIRECTORY MEGABYTES`. It prints the step of each checkpoint once it is saved.
 */
import fs from 'node:fs';
import { type Checkpoint, CheckpointStore } from '../../lib/src/train/checkpoint-store';

/** A checkpoint whose every byte depends on its step. */
export function checkpointOf(step: number, megabytes = 0.001): Checkpoint {
  const values = new Int32Array(Math.round(megabytes * 250_000)).map((_, i) => i * 31 + step);
  const counts = new Uint8Array(7).fill(step);
  return {
    step,
    score: -step,
    meta: { epoch: step / 2, loss: step % 2 ? Number.NaN : 1 / 3 },
    tensors: new Map([
      ['weights', { dtype: 'int32', shape: [values.length], values }],
      ['counts', { dtype: 'uint8', shape: [7, 1], values: counts }],
    ]),
  };
}

async function main(directory: string, megabytes: number): Promise<void> {
  const store = new CheckpointStore(directory);
  let step = (await store.list()).at(-1)?.step ?? 0;
  fs.writeSync(1, `${step}\n`);
  for (;;) {
    step++;
    await store.save(checkpointOf(step, megabytes));
    fs.writeSync(1, `${step}\n`);
  }
}

if (require.main === module) void main(process.argv[2], Number(process.argv[3]));
