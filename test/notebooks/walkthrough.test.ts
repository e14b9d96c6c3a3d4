/** The notebooks themselves, headless and few images, and what they leave. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { EvaluationRecord } from '../../lib/src/evaluate/save-evaluation';
import { type CodeCell, type Notebook, readNotebook } from '../../tools/run-notebooks/notebook-file';
import type { MimeBundle, Output } from '../../tools/run-notebooks/protocol/outputs';
import type { RunRecord } from '../../tools/run-notebooks/run-record';
import { temporaryFolder } from '../temporary-folder';
import { start } from '../tools/start-walkthrough';

const NAMES = [
  '01-residual-block',
  '02-resnet-model',
  '03-cifar10-data',
  '04-training',
  '05-evaluation',
  '06-visualization',
  '07-vanishing-gradient',
  '08-degradation',
  '09-what-a-block-learns',
  '10-deeper',
  '11-recipes',
  '12-faster',
  '13-loss-landscape',
];

const readJson = <T>(...file: string[]) => JSON.parse(fs.readFileSync(path.join(...file), 'utf8')) as T;

describe('npm start -- --fast', () => {
  const out = temporaryFolder({ after });
  let stdout: string;
  let record: RunRecord;
  let notebooks: Record<string, Notebook>;

  before(async () => {
    const run = await start('--fast', '--seed', '3', '--out', out).ended;
    assert.equal(run.code, 0, run.stdout + run.stderr);
    stdout = run.stdout;
    record = readJson(out, 'run.json');
    notebooks = Object.fromEntries(
      NAMES.map((name) => [name, readNotebook(path.join(out, `${name}.ipynb`))]),
    );
  });

  test('all notebooks finish, and none prints to standard error', () => {
    assert.deepEqual(
      record.notebooks.map(({ name, status }) => [name, status]),
      NAMES.map((name) => [name, 'finished']),
    );
    for (const name of NAMES) assert.equal(printed(notebooks[name], 'stderr'), '', name);
  });

  test('training learns: the loss falls and accuracy passes 70 %', () => {
    const history = record.training!.history;
    assert.equal(history.length, 8);
    assert.ok(history[0].loss > history[3].loss && history[3].loss > history[7].loss);
    assert.ok(history[7].accuracy > 0.7, `${history[7].accuracy}`);
  });

  test("notebook 05 measures what training's own validation measured at its end", () => {
    const last = record.training!.history[7];
    assert.ok(Math.abs(record.accuracy! - last.valAccuracy!) < 1e-6);
    assert.ok(Math.abs(record.loss! - last.valLoss!) < 1e-4 * last.valLoss!);
  });

  test('the evaluation counts every test image once, and names the model it judges', () => {
    const evaluation = readJson<EvaluationRecord>(out, 'evaluation.json');
    const counted = evaluation.confusion.flat().reduce((sum, images) => sum + images, 0);
    assert.equal(counted, record.images!.test);
    assert.equal(evaluation.standIn, false);
    assert.deepEqual(evaluation.model, readJson(out, 'model', 'card.json'));
  });

  test('whatever is shown says that the images were generated', () => {
    assert.equal(record.dataSet.source, 'generated');
    assert.match(stdout, /These are drawn shapes, not CIFAR-10/);
    for (const name of NAMES.slice(2)) {
      assert.match(printed(notebooks[name], 'stdout'), /generated images \(not CIFAR-10\)/, name);
    }
    for (const plot of bundles(notebooks['05-evaluation']).filter(isVega)) {
      assert.match(JSON.stringify(plot['application/vnd.vegalite.v5+json']), /not CIFAR-10/);
    }
  });

  test('plots come as Vega-Lite, SVG and text in one output; the drawn model and the plotly figure are there', () => {
    const plots = NAMES.flatMap((name) => bundles(notebooks[name])).filter(isVega);
    assert.ok(plots.length >= 15, `${plots.length} plots`);
    for (const plot of plots) assert.ok(plot['image/svg+xml'] && plot['text/plain']);
    assert.match(htmlOf(notebooks['02-resnet-model']), /data:image\/svg\+xml/);
    assert.match(htmlOf(notebooks['06-visualization']), /scatter3d/);
  });

  test('notebook 07 finds that batch norm alone lets the gradient of a plain net grow from layer to layer', () => {
    const sentence = bundles(notebooks['07-vanishing-gradient'])
      .map((bundle) => [bundle['text/markdown'] ?? ''].flat().join(''))
      .find((text) => text.includes('does not vanish before'));
    const [, perLayer] = sentence!.match(/grows by \*\*([\d.]+)\*\* a layer/)!;
    assert.ok(Number(perLayer) > 1.1, sentence);
  });

  test('notebook 09 finds that a residual net survives the loss of a block, and a plain one not that of a layer', () => {
    const sentence = bundles(notebooks['09-what-a-block-learns'])
      .map((bundle) => [bundle['text/markdown'] ?? ''].flat().join(''))
      .find((text) => text.includes('Without one of its'));
    const [residual, , plain] = [...sentence!.matchAll(/\*\*([\d.]+)/g)].map(([, number]) => Number(number));
    assert.ok(residual > plain + 20, sentence);
  });

  test('notebook 10 finds the identity kept by pre-activation and cut by the ReLU after an addition', () => {
    const sentence = bundles(notebooks['10-deeper'])
      .map((bundle) => [bundle['text/markdown'] ?? ''].flat().join(''))
      .find((text) => text.includes('to keep'));
    const numbers = [...sentence!.matchAll(/\*\*([\de.+-]+)/g)].map(([, number]) => Number(number));
    const [work, , activations, missing, , lost] = numbers;
    assert.ok(work < 1.2 && activations > 2, sentence);
    assert.ok(missing < 1e-5 && lost > 50, sentence);
  });

  test('notebook 12 leaves the trace of a step, and says what its race and its profile measured', () => {
    const { traceEvents } = readJson<{ traceEvents: { name: string }[] }>(out, 'step-trace.json');
    assert.ok(traceEvents.some(({ name }) => name === 'ResourceApplyAdam'));
    const sentence = bundles(notebooks['12-faster'])
      .map((bundle) => [bundle['text/markdown'] ?? ''].flat().join(''))
      .find((text) => text.includes('operation by operation'));
    const [eager, compiled, factor] = [...sentence!.matchAll(/\*\*([\d.]+)/g)].map(([, number]) =>
      Number(number),
    );
    assert.ok(Math.abs(factor / (eager / compiled) - 1) < 0.05, sentence);
    assert.ok(factor > 1.5, sentence);
  });

  test('notebook 13 finds that changed filters cost accuracy, and draws the loss as a landscape', () => {
    const sentence = bundles(notebooks['13-loss-landscape'])
      .map((bundle) => [bundle['text/markdown'] ?? ''].flat().join(''))
      .find((text) => text.includes('changed by a quarter of its size'));
    const numbers = [...sentence!.matchAll(/\*\*([\d.]+)/g)].map(([, number]) => Number(number));
    const [residual, plain, residualWhole, plainWhole, residualLoss, plainLoss] = numbers;
    assert.ok(residual < residualWhole && plain < plainWhole, sentence);
    assert.ok(residualLoss > 0 && plainLoss > 0, sentence);
    assert.match(htmlOf(notebooks['13-loss-landscape']), /"type":"surface"/);
  });

  test('each notebook ends with three exercises that wait for an answer', () => {
    for (const name of NAMES) {
      const last = notebooks[name].cells.at(-1) as CodeCell;
      assert.equal(
        printedBy(last.outputs, 'stdout'),
        [1, 2, 3].map((number) => `Exercise ${number}: not answered yet\n`).join(''),
        name,
      );
    }
  });

  test('the page holds all chapters and asks nothing of a network', () => {
    const page = fs.readFileSync(path.join(out, 'index.html'), 'utf8');
    for (const name of NAMES) assert.ok(page.includes(`id="${name}"`), name);
    assert.doesNotMatch(page, /<(?:script|img|link|iframe)\b[^>]*\b(?:src|href)="https?:/);
  });
});

test('notebook 05 run alone trains a stand-in, says so, and takes its result for no other', async (t) => {
  const out = temporaryFolder(t);
  const run = await start(
    '--only',
    '05',
    '--data',
    'generated',
    '--limit',
    '600',
    '--epochs',
    '1',
    '--out',
    out,
  ).ended;
  assert.equal(run.code, 0, run.stdout + run.stderr);
  const evaluation = readJson<EvaluationRecord>(out, 'evaluation.json');
  assert.equal(evaluation.standIn, true);
  assert.equal(evaluation.model.data.trainImages, 600);
  assert.match(
    printed(readNotebook(path.join(out, '05-evaluation.ipynb')), 'stdout'),
    /training a short stand-in/,
  );
});

const skip = process.env.CIFAR10_DIR ? false : 'CIFAR10_DIR names no copy of CIFAR-10';

test('on real CIFAR-10 the net trains, and every result names the set', { skip }, async (t) => {
  const out = temporaryFolder(t);
  const argv = ['--only', '03,04,05', '--data', 'cifar10', '--limit', '4000', '--epochs', '3', '--out', out];
  const run = await start(...argv).ended;
  assert.equal(run.code, 0, run.stdout + run.stderr);
  const record = readJson<RunRecord>(out, 'run.json');
  assert.deepEqual(record.dataSet, { name: 'CIFAR-10', source: 'cifar10' });
  assert.deepEqual(record.images, { train: 4000, test: 800 });
  assert.ok(record.training!.history[2].accuracy > 0.35, 'chance has 0.1');
  assert.match(run.stdout, /the 800 test images of CIFAR-10/);
});

function bundles(notebook: Notebook): MimeBundle[] {
  return codeOutputs(notebook).flatMap((output) => ('data' in output ? [output.data] : []));
}

const isVega = (bundle: MimeBundle) => 'application/vnd.vegalite.v5+json' in bundle;

function htmlOf(notebook: Notebook): string {
  return bundles(notebook)
    .map((bundle) => [bundle['text/html'] ?? ''].flat().join(''))
    .join('\n');
}

function printed(notebook: Notebook, stream: 'stdout' | 'stderr'): string {
  return printedBy(codeOutputs(notebook), stream);
}

function printedBy(outputs: readonly Output[], stream: 'stdout' | 'stderr'): string {
  const texts = outputs.flatMap((output) =>
    output.output_type === 'stream' && output.name === stream ? [output.text].flat() : [],
  );
  return texts.join('');
}

function codeOutputs(notebook: Notebook): Output[] {
  return notebook.cells.flatMap((cell) => (cell.cell_type === 'code' ? cell.outputs : []));
}
