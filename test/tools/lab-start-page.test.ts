import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { readChapter } from '../../tools/lab/chapter';
import { configPath } from '../../tools/lab/config-path.mjs';
import { startPage } from '../../tools/lab/start-page';
import { START_PAGE, writeStartPage } from '../../tools/lab/write-start-page';
import type { NotebookRecord } from '../../tools/run-notebooks/run-record';
import { markdown, plant, planted } from './planted-notebooks';
import { RUN_RECORD } from './run-record-fixture';

const FIRST = '# 1 · First | things\n\nProse.\n\nAbout ten minutes to read, seconds to run. Choose *Run*.';

const chapter = {
  name: '01-a',
  number: '1',
  title: 'First',
  time: 'About ten minutes to read, seconds to run.',
};
const book = 'out/index.html';
const cifar10 = { folder: 'data/cifar' };

test('a chapter tells its number, title and time in its first cell', (t: TestContext) => {
  const { files } = plant(t, {
    '01-a': planted(markdown(FIRST)),
    '12-no-words': planted('1'),
  });
  assert.deepEqual(readChapter(files[0]), { ...chapter, title: 'First | things' });
  assert.deepEqual(readChapter(files[1]), { name: '12-no-words', number: '12', title: 'no-words' });
});

test('the start page lists chapters with their time and what became of them in the last walkthrough', () => {
  const notebooks: NotebookRecord[] = [
    { name: '01-a', status: 'finished', cells: 3, seconds: 75 },
    {
      name: '02-b',
      status: 'failed',
      cells: 3,
      seconds: 6,
      failure: { kind: 'time-out', cell: 2, message: '' },
    },
  ];
  const page = startPage({
    chapters: [
      { ...chapter, title: 'First | things' },
      { name: '02-b', number: '2', title: 'Second' },
      { name: '10-c', number: '10', title: 'Third' },
    ],
    ...{ cifar10, book },
    lastRun: { ...RUN_RECORD, notebooks },
  });
  assert.deepEqual(
    page.split('\n').filter((line) => /^\| \d/.test(line)),
    [
      '| 1 | [First \\| things](01-a.ipynb) | ten minutes to read, seconds to run | 1:15 |',
      '| 2 | [Second](02-b.ipynb) |  | failed in cell 2 |',
      '| 10 | [Third](10-c.ipynb) |  |  |',
    ],
  );
});

test('the last result is told with the images it belongs to', () => {
  const pageOf = (lastRun?: typeof RUN_RECORD) => startPage({ chapters: [chapter], cifar10, book, lastRun });
  assert.match(
    pageOf(RUN_RECORD),
    /\*\*68\.26 %\*\* on the 10,000 test images of CIFAR-10 after 2 epochs \(2026-01-02 03:04 UTC, in 1:15\)\. All chapters with their outputs are in `out\/index\.html`/,
  );
  const drawn = { ...RUN_RECORD, dataSet: { name: 'generated images', source: 'generated' } };
  assert.match(pageOf(drawn), /These are drawn shapes, not CIFAR-10/);
  assert.match(pageOf({ ...RUN_RECORD, accuracy: null }), /in 1:15; it trained and evaluated nothing/);
  assert.match(pageOf({ ...RUN_RECORD, status: 'interrupted' }), /interrupted after 1:15/);
  assert.match(pageOf(), /None yet\. `npm start` in a terminal/);
});

test('the page says which data set is there, and what happens without', (t: TestContext) => {
  const { folder } = plant(t, { '01-a': planted(markdown(FIRST)) });
  const write = (environment: NodeJS.ProcessEnv) => {
    writeStartPage(folder, environment, folder);
    return fs.readFileSync(path.join(folder, START_PAGE), 'utf8');
  };
  assert.match(write({}), /CIFAR-10 is not here \(no data\/cifar-10-batches-bin\)\. The notebooks fetch it/);
  assert.match(
    write({ CIFAR10_DIR: '/nowhere' }),
    /CIFAR-10 is not here \(CIFAR10_DIR=\/nowhere: no data_batch_1\.bin\)/,
  );
  assert.match(startPage({ chapters: [], cifar10, book }), /CIFAR-10 is in `data\/cifar`\./);
  assert.deepEqual(fs.readdirSync(folder).sort(), ['01-a.ipynb', START_PAGE]);
});

test('a record that cannot be read counts as none', (t: TestContext) => {
  const { folder } = plant(t, { '01-a': planted(markdown(FIRST)) });
  fs.writeFileSync(path.join(folder, 'run.json'), '{');
  writeStartPage(folder, { RESNET_LAB_OUT: folder }, folder);
  assert.match(fs.readFileSync(path.join(folder, START_PAGE), 'utf8'), /None yet\..*`index\.html`/);
});

test("our configuration goes before the reader's own path", () => {
  assert.equal(configPath('/r', {}), '/r/tools/lab/config');
  assert.equal(configPath('/r', { JUPYTER_CONFIG_PATH: '/mine' }), '/r/tools/lab/config:/mine');
});
