/** `npm start` as a process of its own, after set-up. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { code, markdown, plant, planted, processesNaming } from './planted-notebooks';
import { start, startWith } from './start-walkthrough';

/** A notebook that leaves what training leaves. */
function trainingNotebook(accuracy: number): ReturnType<typeof planted> {
  const card = {
    data: {
      name: 'generated images',
      source: 'generated',
      classNames: ['a', 'b'],
      trainImages: 64,
      testImages: 20,
    },
    ...{
      seed: 7,
      batchSize: 32,
      device: 'CPU',
      versions: { tensorflow: '2.21.0' },
      commit: null,
      seconds: 3,
    },
    epochs: [
      {
        kind: 'epoch',
        epoch: 1,
        epochs: 1,
        loss: 1,
        accuracy,
        valLoss: 2,
        valAccuracy: accuracy,
        seconds: 3,
      },
    ],
    stopped: 'finished',
  };
  return planted(
    markdown('# Training'),
    `import fs from 'node:fs';
    const folder = process.env.RESNET_LAB_OUT + '/model';
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(folder + '/card.json', ${JSON.stringify(JSON.stringify(card))});
    console.log(process.env.RESNET_LAB_SEED, process.env.RESNET_LAB_DATA);
    await new Promise((done) => setTimeout(done, 500));`,
  );
}

const readRecord = (out: string) => JSON.parse(fs.readFileSync(path.join(out, 'run.json'), 'utf8'));

const hiddenFolders = (out: string) => fs.readdirSync(out).filter((name) => name.startsWith('.'));

/** Kernels of notebooks in `folder`. */
function kernelsIn(folder: string): number[] {
  return processesNaming('connection.json').filter((pid) => {
    try {
      return fs.readlinkSync(`/proc/${pid}/cwd`) === folder;
    } catch {
      return false; // it ended meanwhile
    }
  });
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; !condition(); i++) {
    assert.ok(i < 600, `waited 60 s for ${what}`);
    await sleep(100);
  }
}

test('a walkthrough leaves notebooks, model, page and record, and prints the result', async (t) => {
  const { folder, out } = plant(t, {
    '01-words': planted(`console.log('hello')`),
    '04-training': trainingNotebook(0.75),
  });
  const abandoned = path.join(out, '.run-4194305-1'); // above Linux's greatest process id
  fs.mkdirSync(abandoned, { recursive: true });
  const {
    code: exit,
    stdout,
    stderr,
  } = await start('--fast', '--seed', '7', '--notebooks', folder, '--out', out).ended;
  assert.equal(exit, 0, stdout + stderr);
  assert.deepEqual(fs.readdirSync(out).sort(), [
    '01-words.ipynb',
    '04-training.ipynb',
    'index.html',
    'model',
    'run.json',
  ]);
  assert.match(stdout, /✓ 01-words {2}1 cells {2}[\d.]+ s\n/);
  assert.match(stdout, /accuracy 75\.00 %, loss 2\.000 on 20 generated test images\n/);
  assert.match(stdout, /These are drawn shapes, not CIFAR-10/);
  const record = readRecord(out);
  assert.equal(record.status, 'finished');
  assert.equal(record.accuracy, 0.75);
  assert.equal(record.loss, 2);
  assert.deepEqual(record.images, { train: 64, test: 20 });
  assert.deepEqual(record.training.secondsPerEpoch, [3]);
  assert.equal(record.versions.tslab, '1.0.22');
  const executed = JSON.parse(fs.readFileSync(path.join(out, '04-training.ipynb'), 'utf8'));
  assert.deepEqual(executed.cells[1].outputs, [
    { output_type: 'stream', name: 'stdout', text: ['7 generated\n'] },
  ]);
  assert.equal(executed.metadata.language_info.name, 'typescript');
});

test('notebooks find the CIFAR-10 that is named from the checkout, though they run in a folder of their own', async (t) => {
  const { folder, out } = plant(t, { '01-where': planted('console.log(process.env.CIFAR10_DIR)') });
  const named = { CIFAR10_DIR: 'elsewhere/cifar' };
  const { code: exit, stdout } = await startWith(named, '--fast', '--notebooks', folder, '--out', out).ended;
  assert.equal(exit, 0, stdout);
  const executed = JSON.parse(fs.readFileSync(path.join(out, '01-where.ipynb'), 'utf8'));
  const absolute = path.resolve(__dirname, '../../elsewhere/cifar');
  assert.deepEqual(executed.cells[0].outputs[0].text, [`${absolute}\n`]);
});

test('a failing notebook ends the run with exit code 1 and keeps what was finished', async (t) => {
  const { folder, out } = plant(t, {
    '01-good': planted('1'),
    '02-bad': planted(`throw new Error('planted');`),
    '03-never': planted('3'),
  });
  const { code: exit, stderr } = await start('--fast', '--notebooks', folder, '--out', out).ended;
  assert.equal(exit, 1);
  assert.match(
    stderr,
    /^\n02-bad failed in cell 1: thrown\n\n {4}throw new Error\('planted'\);\n\nError: planted\n$/,
  );
  assert.deepEqual(fs.readdirSync(out).sort(), ['01-good.ipynb', '02-bad.ipynb', 'index.html', 'run.json']);
  const record = readRecord(out);
  assert.equal(record.status, 'failed');
  assert.equal(record.accuracy, null);
  assert.deepEqual(record.notebooks[1].failure, { kind: 'thrown', cell: 1, message: 'Error: planted' });
});

test('Ctrl-C stops within a second, leaves no process and keeps what was finished', async (t) => {
  const endless = planted(
    `import fs from 'node:fs'; console.log('begun'); fs.writeFileSync('begun', '');
    for (;;) await new Promise((done) => setTimeout(done, 5));`,
  );
  const { folder, out } = plant(t, { '01-good': planted('1'), '02-endless': endless });
  const { child, ended } = start('--fast', '--notebooks', folder, '--out', out);
  await until(() => fs.existsSync(path.join(folder, 'begun')), 'the endless cell');
  const before = performance.now();
  child.kill('SIGINT');
  const { code: exit } = await ended;
  const seconds = (performance.now() - before) / 1000;
  t.diagnostic(`${seconds.toFixed(2)} s`);
  assert.equal(exit, 130);
  assert.ok(seconds < 1, `took ${seconds} s`);
  assert.deepEqual(kernelsIn(folder), []);
  assert.deepEqual(hiddenFolders(out), []);
  assert.equal(readRecord(out).status, 'interrupted');
  assert.match(fs.readFileSync(path.join(out, '02-endless.ipynb'), 'utf8'), /begun\\n/);
  assert.match(fs.readFileSync(path.join(out, 'index.html'), 'utf8'), /was interrupted/);
});

test('a runner that is killed outright takes its kernel along, and the next run removes its folder', async (t) => {
  const { folder, out } = plant(t, {
    '01-sleep': planted('await new Promise((done) => setTimeout(done, 60_000));'),
  });
  const { child, ended } = start('--fast', '--notebooks', folder, '--out', out);
  await until(() => kernelsIn(folder).length > 0, 'the kernel');
  child.kill('SIGKILL');
  await ended;
  await until(() => kernelsIn(folder).length === 0, 'the end of the kernel');
  assert.equal(hiddenFolders(out).length, 1);
  fs.rmSync(path.join(folder, '01-sleep.ipynb'));
  const { folder: other } = plant(t, { '01-good': planted(code('1')) });
  assert.equal((await start('--fast', '--notebooks', other, '--out', out).ended).code, 0);
  assert.deepEqual(hiddenFolders(out), []);
});

test('two runs at once leave whole results of one or the other', async (t) => {
  const { folder, out } = plant(t, { '04-training': trainingNotebook(0.25) });
  const { folder: other } = plant(t, { '04-training': trainingNotebook(0.5) });
  const runs = [folder, other].map(
    (notebooks) => start('--fast', '--notebooks', notebooks, '--out', out).ended,
  );
  for (const { code: exit, stderr } of await Promise.all(runs)) assert.equal(exit, 0, stderr);
  assert.deepEqual(fs.readdirSync(out).sort(), ['04-training.ipynb', 'index.html', 'model', 'run.json']);
  assert.ok([0.25, 0.5].includes(readRecord(out).accuracy));
  const card = JSON.parse(fs.readFileSync(path.join(out, 'model', 'card.json'), 'utf8'));
  assert.ok([0.25, 0.5].includes(card.epochs[0].accuracy));
});

test('wrong use ends with exit code 2 and one sentence', async (t: TestContext) => {
  const { folder } = plant(t, { '01-good': planted('1') });
  const unknown = await start('--notebooks', folder, '--only', '09').ended;
  assert.equal(unknown.code, 2);
  assert.equal(unknown.stderr, 'invalid --only; no notebook has this number: 09; there are 01\n');
});
