/** The same calls in a real tslab kernel, from the folder of the notebooks and the built package as notebooks see them. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { type CellResult, type Kernel, startKernel } from '../../tools/run-notebooks/kernel';

const IMPORTS = `
import { interruptible, liveDisplay, progressBar, show, table } from 'resnet-lab';
const sleep = (ms: number) => new Promise<void>((resolve) => { setTimeout(resolve, ms); });
`;

let kernel: Kernel;

before(async () => {
  kernel = await startKernel({ cwd: path.join(__dirname, '..', '..', 'notebooks') });
  const { failure } = await kernel.execute(IMPORTS, { timeoutMs: 60_000 });
  assert.equal(failure, undefined);
});

after(() => kernel.kill());

/** Runs a cell that should go well; `onPrint` sees the text printed so far. */
async function run(code: string, onPrint: (text: string) => void = () => {}): Promise<CellResult> {
  const result = await kernel.execute(code, {
    timeoutMs: 30_000,
    onOutput: (output) => output.output_type === 'stream' && onPrint(output.text),
  });
  assert.equal(result.failure, undefined);
  return result;
}

function printed({ outputs }: CellResult): string {
  return outputs.map((output) => (output.output_type === 'stream' ? output.text : '')).join('');
}

function bundles({ outputs }: CellResult): Record<string, unknown>[] {
  return outputs.flatMap((output) => (output.output_type === 'display_data' ? [output.data] : []));
}

test('a plot is one output with the spec, the picture and the text', async () => {
  const result = await run(`
    await show({ title: 'Two', data: { values: [{ a: 1 }, { a: 2 }] }, mark: 'point', encoding: { x: { field: 'a', type: 'quantitative' } } });
  `);
  assert.equal(result.outputs.length, 1);
  const [bundle] = bundles(result);
  assert.deepEqual(Object.keys(bundle), ['application/vnd.vegalite.v5+json', 'image/svg+xml', 'text/plain']);
  assert.equal(bundle['text/plain'], 'plot: Two (2 points)');
});

test('a cell that ends with a table prints it', async () => {
  assert.equal(
    printed(await run(`table([{ name: 'conv', parameters: 9472 }])`)),
    'name  parameters\n----  ----------\nconv       9,472\n',
  );
});

test('a live display and a progress bar are one output each, in their last state', async () => {
  const result = await run(`
    const live = liveDisplay('0');
    const bar = progressBar({ total: 5000, label: 'steps' });
    for (let i = 1; i <= 5000; i++) {
      await live.update(String(i));
      bar.update(i);
    }
    await live.finish();
    bar.finish();
  `);
  assert.deepEqual(
    bundles(result).map((bundle) => bundle['text/plain']),
    ['5000', 'steps: 5,000 in 0:00'],
  );
  assert.equal(result.outputs.length, 2);
});

test('the latest update is shown a moment after the cell, in the cell it belongs to', async () => {
  const result = await run(`
    const late = liveDisplay('first');
    await late.update('second');
  `);
  await run('await sleep(400)');
  assert.deepEqual(
    bundles(result).map((bundle) => bundle['text/plain']),
    ['second'],
  );
});

test('the first interrupt stops a computation softly, again and again, and the kernel lives on', async () => {
  for (let round = 1; round <= 3; round++) {
    let interrupted = false;
    const result = await run(
      `
      const steps = await interruptible(async (signal) => {
        let step = 0;
        while (!signal.aborted) {
          await sleep(10);
          if (++step === 5) console.log('running');
        }
        return step;
      });
      console.log('kept', steps >= 5);
      `,
      (text) => {
        if (interrupted || !text.includes('running')) return;
        interrupted = true;
        kernel.interrupt();
      },
    );
    assert.equal(
      printed(result),
      'running\ninterrupted: waiting for the running step; interrupt again to stop at once\nkept true\n',
    );
    assert.equal(printed(await run('console.log(1 + 1)')), '2\n');
  }
});

test('the second interrupt ends the cell, and the kernel lives on', async () => {
  let interrupts = 0;
  const result = await kernel.execute(
    `
    await interruptible(async (signal) => {
      console.log('running');
      await sleep(2000);
      console.log('too late');
    });
    `,
    {
      timeoutMs: 30_000,
      onOutput: (output) => {
        const text = output.output_type === 'stream' ? output.text : '';
        const due = Number(text.includes('running')) + Number(text.includes('interrupted:'));
        while (interrupts < due) {
          interrupts++;
          kernel.interrupt();
        }
      },
    },
  );
  assert.match(result.failure?.message ?? '', /Interrupted asynchronously/);
  assert.ok(result.seconds < 1.5, `${result.seconds} s`);
  assert.equal(printed(await run('console.log(2 + 2)')), '4\n');
});

test('an interrupt after a computation ended is tslab’s own again', async () => {
  await run(`await interruptible(async () => {})`);
  const result = await kernel.execute(`await sleep(50); console.log('waiting'); await sleep(5000);`, {
    timeoutMs: 30_000,
    onOutput: () => kernel.interrupt(),
  });
  assert.match(result.failure?.message ?? '', /Interrupted asynchronously/);
  assert.equal(printed(await run('console.log(3 + 3)')), '6\n');
});
