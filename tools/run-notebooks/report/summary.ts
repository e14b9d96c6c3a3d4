/** The top of the page: what was run on what, and what came out. */
import { escapeHtml } from '../../../lib/src/notebook/fragment';
import { duration } from '../live-line';
import { GENERATED_NOTE, grouped, percent, testImages } from '../result-text';
import type { RunRecord } from '../run-record';
import { type ChapterTitle, renderNeighbours } from './chapter';

/** @param first of the chapters, to go on with */
export function renderSummary(record: RunRecord, first: ChapterTitle | undefined): string {
  return `<header class="summary" id="top">
<p class="eyebrow">resnet-lab walkthrough</p>
<h1>Residual networks in TypeScript</h1>
${renderBanners(record)}
<div class="card">
${renderResult(record)}
<dl>
${facts(record)
  .map(([name, value]) => `<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`)
  .join('\n')}
</dl>
</div>
${renderNeighbours(undefined, first)}
</header>`;
}

function renderBanners({ dataSet, notebooks, status }: RunRecord): string {
  const banners = [];
  if (dataSet.source === 'generated') banners.push(`<p class="banner generated">${GENERATED_NOTE}</p>`);
  const failed = notebooks.find((notebook) => notebook.status !== 'finished');
  if (failed) {
    const cell = failed.failure?.cell;
    const where = cell === undefined ? '' : `, cell ${cell}`;
    const what = status === 'failed' ? `failed: ${failed.failure?.kind}` : 'was interrupted';
    const link = `<a href="#${escapeHtml(failed.name)}">${escapeHtml(failed.name)}</a>`;
    banners.push(`<p class="banner failed">${link}${where}, ${what}. What was finished before is here.</p>`);
  }
  return banners.join('\n');
}

const ORIGINS = {
  'this run': '',
  'earlier run': '; the model is that of an earlier run',
  'stand-in': '; the model is a stand-in, trained shortly because there was no other',
} as const;

function renderResult(record: RunRecord): string {
  const { accuracy, loss, training } = record;
  if (accuracy === null || loss === null) return '';
  const of = training ? ORIGINS[training.origin] : '';
  return `<div class="result"><p class="accuracy">${percent(accuracy)}</p>
<p>accuracy on ${escapeHtml(testImages(record))}, loss ${loss.toFixed(3)}${of}</p></div>`;
}

function facts(record: RunRecord): [name: string, value: string][] {
  const { dataSet, images, training, settings, device, versions, commit } = record;
  const rows: [string, string | undefined][] = [
    ['Data', dataSet.name],
    [
      'Images',
      images ? `${grouped(images.train)} for training, ${grouped(images.test)} for testing` : undefined,
    ],
    ['Epochs', training ? `${training.epochs}, batches of ${training.batchSize}` : undefined],
    ['Seconds an epoch', training && training.epochs > 0 ? pace(training.secondsPerEpoch) : undefined],
    ['Seed', String(training?.seed ?? settings.seed)],
    ['Device', device?.split(';')[0]],
    [
      'Versions',
      Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    ],
    ['Commit', commit ? shortCommit(commit) : 'unknown'],
    ['Run', `${record.started.slice(0, 16).replace('T', ' ')} UTC, ${duration(record.seconds)}`],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== undefined);
}

function pace(seconds: readonly number[]): string {
  const mean = seconds.reduce((sum, each) => sum + each, 0) / seconds.length;
  return seconds.length === 1 ? mean.toFixed(1) : `${mean.toFixed(1)} on average`;
}

function shortCommit(commit: string): string {
  return commit.endsWith('-dirty') ? `${commit.slice(0, 10)} with changes` : commit.slice(0, 10);
}
