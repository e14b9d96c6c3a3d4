/**
 * README's table of results, from the records of the runs: `node --import tsx tools/results-table.ts` prints it.
 *
 * A record of ours is the `run.json` that `npm start` leaves, one of Keras's a line that `tools/peers/keras_article.py` prints.
 */
import fs from 'node:fs';
import path from 'node:path';
import { deviation, mean } from '../lib/src/plot/mean';
import type { RunRecord } from './run-notebooks/run-record';

export const RESULTS_FOLDER = path.join(__dirname, '..', 'notebooks', 'results');

/** Ten epochs of the article's net on CIFAR-10, by whichever runner. */
interface Result {
  readonly runner: string;
  /** The processor, as its maker calls it. */
  readonly machine: string;
  readonly seed: number;
  /** On the 10,000 test images, 0..1, one for every epoch. */
  readonly accuracies: readonly number[];
  readonly secondsPerEpoch: readonly number[];
}

interface KerasRecord {
  readonly seed: number;
  readonly valAccuracy: readonly number[];
  readonly secondsPerEpoch: readonly number[];
  readonly machine: string;
  readonly versions: { readonly keras: string; readonly tensorflow: string };
}

const HEAD = `| | seed | after ten epochs | mean of epochs 8-10 | best epoch | seconds an epoch | on two threads of |
|---|---|---|---|---|---|---|
| the article, as printed | | 73.59 % | | | | |`;

/** Rows by runner and seed; below several seeds of one runner, their mean and standard deviation. */
export function resultsTable(folder = RESULTS_FOLDER): string {
  const results = readResults(folder);
  const runners = [...new Set(results.map(({ runner }) => runner))];
  return [
    HEAD,
    ...runners.flatMap((runner) => rows(results.filter((result) => result.runner === runner))),
  ].join('\n');
}

function readResults(folder: string): Result[] {
  const read = (name: string) => fs.readFileSync(path.join(folder, name), 'utf8');
  const keras = read('keras.jsonl').trim().split('\n');
  const ours = fs.readdirSync(folder).filter((name) => /^resnet-lab-(compiled-)?seed\d+\.json$/.test(name));
  return [
    ...keras.map((line) => fromKeras(JSON.parse(line))),
    ...ours.sort().map((name) => fromRun(JSON.parse(read(name)))),
  ];
}

function fromKeras({ seed, valAccuracy, secondsPerEpoch, machine, versions }: KerasRecord): Result {
  const runner = `Keras ${versions.keras} on TensorFlow ${versions.tensorflow}`;
  return { runner, machine, seed, accuracies: valAccuracy, secondsPerEpoch };
}

function fromRun({ training, versions, dataSet }: RunRecord): Result {
  if (!training || dataSet.source !== 'cifar10') throw new Error('not the record of a training on CIFAR-10');
  return {
    runner: `resnet-lab, ${training.runner ?? 'eager'}, on TensorFlow ${versions.tensorflow}`,
    machine: /^CPU (.*?), \d+ threads?,/.exec(training.device)?.[1] ?? training.device,
    seed: training.seed,
    accuracies: training.history.map(({ valAccuracy }) => valAccuracy!),
    secondsPerEpoch: training.secondsPerEpoch,
  };
}

function rows(results: readonly Result[]): string[] {
  const measured = results.map(({ runner, machine, seed, accuracies, secondsPerEpoch }) => ({
    runner,
    machine,
    seed,
    last: accuracies.at(-1)!,
    lastThree: mean(accuracies.slice(-3)),
    best: Math.max(...accuracies),
    seconds: mean(secondsPerEpoch),
  }));
  const each = measured.map(
    ({ runner, machine, seed, last, lastThree, best, seconds }) =>
      `| ${runner} | ${seed} | ${percent(last)} | ${percent(lastThree)} | ${percent(best)} | ${seconds.toFixed(1)} | ${machine} |`,
  );
  if (measured.length < 2) return each;
  const spread = (key: 'last' | 'lastThree' | 'best') => {
    const values = measured.map((result) => result[key]);
    return `${percent(mean(values))} ± ${(100 * deviation(values)).toFixed(1)}`;
  };
  const seconds = mean(measured.map((result) => result.seconds)).toFixed(1);
  const all = `| mean of ${measured.length} | | ${spread('last')} | ${spread('lastThree')} | ${spread('best')} | ${seconds} | |`;
  return [...each, all];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

if (require.main === module) console.log(resultsTable());
