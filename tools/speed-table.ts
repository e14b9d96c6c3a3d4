/**
 * README's tables of speed, from the lines that `npm run bench` printed: `node --import tsx tools/speed-table.ts` prints them.
 *
 * The record is `notebooks/results/bench.jsonl`: the lines of the runs whose medians README shows, machine and versions included.
 */
import fs from 'node:fs';
import path from 'node:path';
import { short } from './bench/table';
import { RESULTS_FOLDER } from './results-table';

interface MedianLine {
  readonly net: string;
  readonly batch: number;
  readonly runner: string;
  readonly msPerStep: number;
  readonly imagesPerSecond: number;
  readonly peakMemoryMB: number;
  readonly rounds: number;
}

const NETS: Record<string, string> = {
  article: "the article's net",
  resnet20: 'ResNet-20',
  resnet50: 'ResNet-50 at 224x224',
};

const RUNNERS: Record<string, string> = {
  ours: '**resnet-lab**',
  'ours-eager': 'resnet-lab, `compile: false`',
  tfjs: 'tfjs-node, `model.fit` as it comes',
  keras: 'Keras, `fit`',
  'keras-jit': 'Keras, `jit_compile`',
  torch: 'PyTorch',
  'torch-compile': 'PyTorch, `torch.compile`',
};

/** One table for training: a row for every runner, a pair of columns for every net and batch. */
export function speedTable(folder = RESULTS_FOLDER): string {
  const lines = fs
    .readFileSync(path.join(folder, 'bench.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const medians = lines.filter((line): line is MedianLine => 'rounds' in line);
  const contests = [...new Set(medians.map(({ net, batch }) => `${net} ${batch}`))];
  const titles = contests.map((contest) => {
    const [net, batch] = contest.split(' ');
    return `${NETS[net] ?? net}, batch ${batch}`;
  });
  const ours = (contest: string) => find(medians, contest, 'ours')!.msPerStep;
  const rows = Object.keys(RUNNERS).flatMap((runner) => {
    const cells = contests.map((contest) => {
      const line = find(medians, contest, runner);
      return line
        ? `${short(line.msPerStep)} ms | ${short(line.msPerStep / ours(contest))} | ${line.peakMemoryMB.toFixed(0)}`
        : ' | | ';
    });
    return cells.some((cell) => cell !== ' | | ') ? [`| ${RUNNERS[runner]} | ${cells.join(' | ')} |`] : [];
  });
  return [
    `| | ${titles.map((title) => `${title} | / ours | peak MB`).join(' | ')} |`,
    `|---|${contests.map(() => '---|---|---|').join('')}`,
    ...rows,
  ].join('\n');
}

function find(medians: readonly MedianLine[], contest: string, runner: string): MedianLine | undefined {
  return medians.find((line) => `${line.net} ${line.batch}` === contest && line.runner === runner);
}

if (require.main === module) console.log(speedTable());
