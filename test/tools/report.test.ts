import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { encodePng } from '../../lib/src/plot/png';
import type { CodeCell, Notebook } from '../../tools/run-notebooks/notebook-file';
import type { Output } from '../../tools/run-notebooks/protocol/outputs';
import { renderPage } from '../../tools/run-notebooks/report/page';
import type { NotebookRun } from '../../tools/run-notebooks/run-notebook';
import type { RunRecord } from '../../tools/run-notebooks/run-record';
import { code, markdown, plant, planted } from './planted-notebooks';
import { RUN_RECORD } from './run-record-fixture';

/** A finished run of a notebook, each of whose code cells has these outputs. */
function ran(name: string, notebook: Notebook, outputs: Output[] = []): NotebookRun {
  const cells = notebook.cells.filter((cell): cell is CodeCell => cell.cell_type === 'code');
  cells.forEach((cell, i) => {
    Object.assign(cell, { outputs, execution_count: i + 1 });
  });
  const cellSeconds = Object.fromEntries(cells.map(({ id }) => [id, 0.1]));
  return { name, status: 'finished', notebook, cells: cells.length, seconds: 1, cellSeconds };
}

const pageOf = (runs: NotebookRun[], record: Partial<RunRecord> = {}, folder = '.') =>
  renderPage({ ...RUN_RECORD, ...record }, runs, folder);

const display = (data: Record<string, unknown>): Output => ({
  output_type: 'display_data',
  data,
  metadata: {},
});

const stdout = (text: string): Output => ({ output_type: 'stream', name: 'stdout', text });

test('the summary tells the result with all that made it', () => {
  const page = pageOf([ran('01-a', planted('1'))]);
  for (const text of [
    '68.26 %',
    'accuracy on the 10,000 test images of CIFAR-10, loss 0.912',
    '50,000 for training, 10,000 for testing',
    '2, batches of 32',
    '25.0 on average',
    'CPU Some &lt;Processor&gt;, 2 threads',
    'node 20.20.2, tslab 1.0.22',
    '0123456789 with changes',
    '2026-01-02 03:04 UTC, 1:15',
  ]) {
    assert.ok(page.includes(text), text);
  }
  assert.doesNotMatch(page, /class="banner/);
});

test('a model that this run did not train is named as what it is', () => {
  const pageWith = (origin: 'earlier run' | 'stand-in') =>
    pageOf([ran('05-a', planted('1'))], { training: { ...RUN_RECORD.training!, origin } });
  assert.match(pageWith('earlier run'), /loss 0\.912; the model is that of an earlier run</);
  assert.match(
    pageWith('stand-in'),
    /loss 0\.912; the model is a stand-in, trained shortly because there was no other</,
  );
});

test('generated images are announced by a banner, a run without a result claims none', () => {
  const page = pageOf([ran('01-a', planted('1'))], {
    dataSet: { name: 'generated images', source: 'generated' },
    ...{ accuracy: null, loss: null, training: null, images: null },
  });
  assert.match(page, /<p class="banner generated">These are drawn shapes, not CIFAR-10/);
  const main = /<main>[\s\S]*<\/main>/.exec(page)![0];
  assert.doesNotMatch(main, /class="accuracy"|null|undefined|NaN/);
});

test('what code prints, and code itself, is escaped', () => {
  const evil = '<script>alert(1)</script>&amp;';
  const page = pageOf([
    ran('01-a', planted(`const evil = '${evil}';`), [stdout(evil), display({ 'text/plain': evil })]),
  ]);
  assert.doesNotMatch(page, /<script>alert/);
  assert.equal(page.match(/&lt;script&gt;alert\(1\)&lt;\/script&gt;&amp;amp;/g)?.length, 3);
});

test('an output is shown in its richest form', () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"></svg>';
  const page = pageOf([
    ran('01-a', planted('1'), [
      display({ 'text/html': '<b>bold</b>', 'text/plain': 'the text of it' }),
      display({
        'application/vnd.vegalite.v5+json': { mark: '<' },
        'image/svg+xml': svg,
        'text/plain': 'a "plot"',
      }),
      display({ 'text/markdown': '# Not a *section*', 'text/plain': '# Not' }),
    ]),
  ]);
  assert.match(page, /<div class="output html"><b>bold<\/b><\/div>/);
  assert.doesNotMatch(page, /the text of it/);
  assert.ok(page.includes(`<img alt="a &quot;plot&quot;" src='data:image/svg+xml,${svg}'>`));
  assert.match(
    page,
    /<div class="output picture plot">.*<script type="application\/json">\{"mark":"\\u003c"\}<\/script>/,
  );
  assert.match(page, /Not a <em>section<\/em><\/h1>/);
  assert.doesNotMatch(page, /<nav[\s\S]*Not a[\s\S]*<\/nav>/);
});

test('stderr is marked, colours and overwritten lines are left out, as are stack lines of the kernel', () => {
  const text =
    '\u001b[31mError: wrong\u001b[0m\n    at evalmachine.<anonymous>:2:7\n    at block (lib/block.js:3:1)\n';
  const page = pageOf([
    ran('01-a', planted('1'), [{ output_type: 'stream', name: 'stderr', text }, stdout('10 %\r20 %\n')]),
  ]);
  assert.match(page, /<span class="label">stderr<\/span>/);
  assert.match(page, />Error: wrong\n {4}at block \(lib\/block\.js:3:1\)<\/pre>/);
  assert.match(page, /<pre class="wraps">20 %<\/pre>/);
});

test('a picture that says its size takes its place before it is decoded', () => {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height='20.4'><path d="M0 0"/><text>'50 %'\n&amp;#</text></svg>`;
  const png = encodePng({ width: 3, height: 2, rgb: new Uint8Array(3 * 2 * 3) }).toString('base64');
  const page = pageOf([
    ran('01-a', planted('1'), [display({ 'image/svg+xml': svg }), display({ 'image/png': png })]),
  ]);
  assert.match(page, /<img alt="" width="3" height="2" loading="lazy" src='data:image\/png/);
  const source = /width="40" height="20" loading="lazy" src='([^']*)'/.exec(page)![1];
  assert.equal(decodeURIComponent(source), `data:image/svg+xml,${svg}`);
  assert.doesNotMatch(source, /[#&'\n]/);
});

test('scripts that outputs bring are asleep, and keep what they were', () => {
  const html =
    '<script type="module" id="m">import "x"</script><script>a</script><script type="application/json">{}</script>';
  const page = pageOf([ran('01-a', planted('1'), [display({ 'text/html': html })])]);
  assert.ok(page.includes('<script type="text/plain" data-asleep="module" id="m">import "x"</script>'));
  assert.ok(page.includes('<script type="text/plain" data-asleep="text/javascript">a</script>'));
  assert.ok(page.includes('<script type="application/json">{}</script>'));
});

test('Vega is on the page once where there are plots, and not where there are none', () => {
  const plot = display({ 'application/vnd.vegalite.v5+json': {}, 'image/svg+xml': '<svg/>' });
  const with2 = pageOf([ran('01-a', planted('1'), [plot, plot])]);
  assert.deepEqual(with2.match(/ data-vega="[^"]*"/g), [' data-vega="vega"', ' data-vega="vega-lite"']);
  assert.doesNotMatch(pageOf([ran('01-a', planted('1'))]), / data-vega=/);
});

test('a library that several notebooks bring is on the page once', () => {
  const library = `<script>${'x'.repeat(200_000)}</script>`;
  const outputs = (id: string) => [
    display({ 'text/html': `${library}<div id="${id}"></div><script>draw()</script>` }),
  ];
  const page = pageOf([ran('01-a', planted('1'), outputs('a')), ran('02-b', planted('1'), outputs('b'))]);
  assert.equal(page.match(/x{200000}/g)?.length, 1);
  assert.equal(page.match(/<script[^>]*>draw\(\)<\/script>/g)?.length, 2);
});

test('formulas are MathML and need no fonts', () => {
  const page = pageOf([ran('01-a', planted(markdown('Inline $F(x) + x$ and\n\n$$-\\log p_c$$')))]);
  assert.equal(page.match(/<math\b/g)?.length, 2);
  assert.doesNotMatch(page, /katex-html|@font-face/);
});

test('the page asks for nothing outside itself, and forbids it', (t: TestContext) => {
  const { folder } = plant(t, {});
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"/>';
  fs.writeFileSync(path.join(folder, 'near.svg'), svg);
  const prose = markdown(
    '![far](https://example.org/far.png) ![near](near.svg) ![gone](gone.png) ![pasted](attachment:p.png) [paper](https://arxiv.org/abs/1512.03385)',
  );
  Object.assign(prose, { attachments: { 'p.png': { 'image/png': 'AAAA' } } });
  const page = pageOf([ran('01-a', planted(prose, '1'))], {}, folder);
  const fetched = [
    ...page.matchAll(/<(?:img|script|link|iframe|source|video)\b[^>]*\b(?:src|href)=["']([^"']*)["']/g),
  ];
  assert.deepEqual(
    fetched.map(([, address]) => address),
    [`data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`, 'data:image/png;base64,AAAA'],
  );
  assert.doesNotMatch(page, /@import|url\(/);
  assert.match(page, /<meta http-equiv="Content-Security-Policy" content="default-src 'none';/);
  assert.match(page, /<a href="https:\/\/example\.org\/far\.png">far<\/a>/);
  assert.match(page, /<a href="https:\/\/arxiv\.org\/abs\/1512\.03385">paper<\/a>/);
});

test('the sidebar lists chapters and sections, and links between notebooks stay on the page', () => {
  const first = planted(markdown('# 1 · First & foremost\n\n## Twice\n\n## Twice\n\n[next](02-b.ipynb)'));
  const page = pageOf([ran('01-a', first), ran('02-b', planted(markdown('# Second')))]);
  const nav = /<nav[\s\S]*<\/nav>/.exec(page)![0];
  assert.match(nav, /href="#01-a"><span class="number">1<\/span><span>First &amp; foremost<\/span>/);
  const anchors = [...nav.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
  assert.deepEqual(anchors, ['top', 'top', '01-a', '01-a-twice', '01-a-twice-2', '02-b']);
  for (const id of anchors) assert.equal(page.split(` id="${id}"`).length, 2, id);
  assert.match(page, /<a href="#02-b">next<\/a>/);
});

test('links lead to sections of this chapter and of others as JupyterLab writes them, and to files beside the notebook', () => {
  const prose = markdown(
    '[a](#Second-thoughts) [b](02-b.ipynb#Why%3F) [c](../lib/README.md) [d](09-gone.ipynb)',
  );
  const page = pageOf([ran('01-a', planted(prose)), ran('02-b', planted('1'))], {}, '/notebooks');
  const links = [...page.matchAll(/<a href="([^"]*)">[a-d]</g)].map(([, address]) => address);
  assert.deepEqual(links, [
    '#01-a-second-thoughts',
    '#02-b-why',
    'file:///lib/README.md',
    'file:///notebooks/09-gone.ipynb',
  ]);
});

test('an address that is no UTF-8 stands as it is, and a section of another file is found', () => {
  const prose = markdown('![a](caf%E9.png) [b](caf%E9.md) [c](#caf%E9) [d](../environment.md#gpu)');
  const page = pageOf([ran('01-a', planted(prose))], {}, '/notebooks');
  const links = [...page.matchAll(/<a href="([^"]*)">[a-d]</g)].map(([, address]) => address);
  assert.deepEqual(links, [
    'caf%E9.png',
    'file:///notebooks/caf%25E9.md',
    '#01-a-caf-e9',
    'file:///environment.md#gpu',
  ]);
});

test('each chapter leads to the one before and the next one, the result to the first', () => {
  const page = pageOf(['01-a', '02-b', '10-c'].map((name) => ran(name, planted(markdown(`# ${name}`)))));
  const turns = [...page.matchAll(/<a rel="(prev|next)" href="#([^"]*)">/g)].map(
    ([, rel, id]) => `${rel} ${id}`,
  );
  assert.deepEqual(turns, ['next 01-a', 'next 02-b', 'prev 01-a', 'next 10-c', 'prev 02-b']);
});

test('a failed cell shows why, and the cells after it that they did not run', () => {
  const notebook = planted('1', '2', '3');
  const failure = {
    kind: 'time-out',
    message: 'the cell did not end within 5 seconds',
    cell: 2,
    source: '2',
  } as const;
  const run: NotebookRun = {
    ...ran('02-b', notebook),
    ...{ status: 'failed', failure, cellSeconds: { 'cell-0': 2.5, 'cell-1': 5 } },
  };
  const { message, kind, cell } = failure;
  const page = pageOf([run], {
    status: 'failed',
    notebooks: [{ name: '02-b', status: 'failed', cells: 3, seconds: 6, failure: { kind, cell, message } }],
  });
  assert.match(page, /<a href="#02-b">02-b<\/a>, cell 2, failed: time-out\./);
  assert.match(page, /Cell 2 ended the notebook: time-out/);
  assert.match(page, /<span class="time">2\.5 s<\/span>/);
  assert.equal(page.match(/class="cell not-run"/g)?.length, 1);
});

test('a cell that fails on purpose says so', () => {
  const page = pageOf([ran('01-a', planted(code('throw 1;', 'raises-exception')))]);
  assert.match(page, /This cell fails on purpose\./);
});
