/** A training whose process is killed again and again ends as one that nobody disturbed: done to real processes. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { seededRandom } from '../../lib/src/data/random';
import { RunFolder } from '../../lib/src/train/run-folder';
import { temporaryFolder } from '../temporary-folder';
import { EPOCHS, type Outcome, STEPS, trainedRun } from './killed-training-program';
import { timeless } from './resumable';

const PROGRAM = path.join(__dirname, 'killed-training-program.ts');
const KILLS = Number(process.env.KILLS ?? 12);
const SEEDS = [1, 2]; // two runs side by side share the kills
const LONGEST = 20; // milliseconds that a process lives after the last words that it may say

/** When a process is killed: so many milliseconds after it has said so many lines. */
interface Kill {
  readonly lines: number;
  readonly milliseconds: number;
}

interface Life {
  /** What the process said. */
  readonly lines: readonly string[];
  readonly killed: boolean;
}

async function life(directory: string, seed: number, kill?: Kill): Promise<Life> {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, directory, String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    if (lines.length === kill?.lines) timer = setTimeout(() => child.kill('SIGKILL'), kill.milliseconds);
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  clearTimeout(timer);
  const killed = child.signalCode === 'SIGKILL';
  assert.ok(killed || child.exitCode === 0);
  return { lines, killed };
}

/** The lives that a training needs which is killed so often, the last of them to its end. */
async function lives(directory: string, seed: number, kills: number): Promise<Life[]> {
  const random = seededRandom(seed);
  const most = (2 * EPOCHS * STEPS) / kills; // steps: on average they end with the training
  const all: Life[] = [];
  for (let i = 0; i < kills; i++) {
    const isEarly = random() < 0.2; // while it reads what there is, and makes ready to train
    const lines = isEarly ? 1 : 2 + Math.floor(random() * most);
    all.push(await life(directory, seed, { lines, milliseconds: random() * (isEarly ? 500 : LONGEST) }));
  }
  return [...all, await life(directory, seed)];
}

test('a training that is killed at random moments ends with the weights and records of one that never was', async (t) => {
  const [directory, undisturbed] = [temporaryFolder(t), temporaryFolder(t)];
  const runs = await Promise.all(SEEDS.map((seed) => lives(directory, seed, KILLS / SEEDS.length)));
  const killed = runs.flat().filter(({ killed }) => killed);
  const resumed = killed.filter(({ lines }) => Number(lines[1]) > 1);
  assert.ok(killed.length > KILLS / 2, `${killed.length} of ${KILLS} kills came before the end`);
  assert.ok(resumed.length > KILLS / 3, `${resumed.length} of the killed had gone on from a checkpoint`);
  for (const [i, seed] of SEEDS.entries()) {
    const outcome: Outcome = JSON.parse(runs[i].at(-1)!.lines.at(-1)!);
    const expected = await trainedRun(undisturbed, seed);
    assert.equal(outcome.weights, expected.weights);
    assert.equal(outcome.stopped, 'finished');
    assert.deepEqual(outcome.epochs.map(timeless), expected.epochs.map(timeless));
    const [records, all] = await Promise.all(
      [outcome, expected].map(async ({ run }) => (await RunFolder.open(run!)).records()),
    );
    assert.deepEqual(
      records.flatMap(({ kind, step }) => (kind === 'step' ? [step] : [])),
      Array.from({ length: EPOCHS * STEPS }, (_, step) => step + 1),
    );
    assert.deepEqual(records.map(timeless), all.map(timeless));
  }
});
