/** What a run says in the end. */
import path from 'node:path';
import type { NotebookRun } from './run-notebook';
import type { RunRecord } from './run-record';

const SOURCE_LINES = 15;

/** Which notebook failed, where, why, and the source at fault. */
export function failureText({ name, failure }: NotebookRun): string {
  const { kind, cell, message, source } = failure!;
  const where = cell === undefined ? 'after its last cell' : `in cell ${cell}`;
  const head = kind === 'no kernel' ? `${name} failed` : `${name} failed ${where}: ${kind}`;
  const lines = source.split('\n');
  const shown = lines.slice(0, SOURCE_LINES);
  if (lines.length > SOURCE_LINES) shown.push(`... ${lines.length - SOURCE_LINES} more lines`);
  return [head, ...(source === '' ? [] : ['', ...shown.map((line) => `    ${line}`), '']), message].join(
    '\n',
  );
}

/** The result in a few lines, with the data set that it belongs to. */
export function resultText(record: RunRecord, page: string, time: string): string {
  const { status, notebooks, accuracy, loss, training } = record;
  const lines = [];
  if (accuracy !== null && loss !== null) {
    lines.push(`accuracy ${percent(accuracy)}, loss ${loss.toFixed(3)} on ${testImages(record)}`);
    if (record.dataSet.source === 'generated') lines.push(GENERATED_NOTE);
  }
  if (training) lines.push(trainingText(record));
  const count = `${notebooks.length} notebook${notebooks.length === 1 ? '' : 's'}`;
  const ending = status === 'finished' ? `${count} in ${time}` : `${status} after ${time}`;
  return [...lines, `${ending}: ${shortPath(page)}`].join('\n');
}

export const GENERATED_NOTE =
  'These are drawn shapes, not CIFAR-10: the numbers show that everything works, and say nothing about CIFAR-10.';

export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

/** `the 10,000 test images of CIFAR-10`. */
export function testImages({ dataSet, images }: RunRecord): string {
  if (dataSet.source === 'generated') return `${images ? grouped(images.test) : 'the'} generated test images`;
  return images
    ? `the ${grouped(images.test)} test images of ${dataSet.name}`
    : `the test images of ${dataSet.name}`;
}

export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

const ORIGINS = {
  'this run': 'trained',
  'earlier run': 'model of an earlier run, trained',
  'stand-in': 'stand-in for a missing model, trained',
} as const;

function trainingText({ training, images }: RunRecord): string {
  const { epochs, seed, secondsPerEpoch, origin, device } = training!;
  const mean = secondsPerEpoch.reduce((sum, seconds) => sum + seconds, 0) / secondsPerEpoch.length;
  const parts = [
    `${ORIGINS[origin]} ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`,
    ...(images ? [`on ${grouped(images.train)} images`] : []),
    `with seed ${seed}`,
  ];
  const pace = secondsPerEpoch.length > 0 ? `, ${mean.toFixed(1)} s each` : '';
  return `${parts.join(' ')}${pace}; ${device}`;
}

function shortPath(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') ? file : relative;
}
