/** A small walkthrough, as if it had run: what every kind of cell leaves in the book. */
import fs from 'node:fs';
import { toBundle } from '../../lib/src/notebook/bundle';
import { linePlot } from '../../lib/src/plot/line-plot';
import { pngUrl } from '../../lib/src/plot/png';
import { themed } from '../../lib/src/plot/theme';
import type { CodeCell } from '../../tools/run-notebooks/notebook-file';
import type { Output } from '../../tools/run-notebooks/protocol/outputs';
import { renderPage } from '../../tools/run-notebooks/report/page';
import type { NotebookRun } from '../../tools/run-notebooks/run-notebook';
import { code, markdown, planted } from '../tools/planted-notebooks';
import { RUN_RECORD } from '../tools/run-record-fixture';

type Cell = ReturnType<typeof code>;

export async function writeBook(file: string): Promise<void> {
  const kernel = {};
  const display = async (what: Parameters<typeof toBundle>[0]): Promise<Output> => ({
    output_type: 'display_data',
    data: await toBundle(what, kernel),
    metadata: {},
  });
  const bars = themed({
    title: 'Parameters by layer',
    width: 420,
    height: 160,
    data: {
      values: [
        { layer: 'stem', count: 3 },
        { layer: 'head', count: 7 },
      ],
    },
    mark: { type: 'bar', tooltip: true },
    encoding: {
      x: { field: 'count', type: 'quantitative', title: 'parameters' },
      y: { field: 'layer', type: 'nominal', title: 'layer' },
    },
  });
  const lines = linePlot(
    ['plain', 'residual'].map((name, i) => ({ name, x: [1, 2, 3], y: [i, i + 1, 2] })),
    { title: 'Two lines', xTitle: 'epoch', yTitle: 'error' },
  );
  const cloud = {
    data: ['a', 'b'].map((name, i) => ({
      type: 'scatter3d',
      mode: 'markers',
      name,
      x: [i, 1],
      y: [0, 1],
      z: [1, i],
      customdata: [0, 1].map(() => pngUrl({ width: 1, height: 1, rgb: Uint8Array.of(9, 9, 9) }, 32)),
    })),
    layout: { title: { text: 'A cloud' }, height: 400 },
  };
  const stdout = (text: string): Output => ({ output_type: 'stream', name: 'stdout', text });
  const error: Output = { output_type: 'error', ename: 'Error', evalue: 'no', traceback: ['Error: no'] };
  fs.writeFileSync(
    file,
    renderPage(
      RUN_RECORD,
      [
        ran('01-block', [
          markdown(
            '# 1 · The block\n\nAn idea with a formula, $F(x) + x$, a [link](https://example.org) and `code`.',
          ),
          markdown(
            '## Shortcuts\n\nThe shortcut adds its input:\n\n$$\\frac{\\partial L}{\\partial x} = \\frac{\\partial L}{\\partial y} \\left( I + \\frac{\\partial F}{\\partial x} \\right)$$',
          ),
          [code('const kind = "shortcut"; // a remark'), [stdout('the shortcut was added\n')]],
          [
            code(`const long = '${'long '.repeat(60)}';`),
            [
              await display([
                { layer: 'stem', share: 0.25 },
                { layer: 'head', share: 0.75 },
              ]),
            ],
          ],
          [code('throw new Error("no");', 'raises-exception'), [error]],
          markdown(
            '| | wide | table |\n|---|---|---|\n| a | ' +
              'words '.repeat(30) +
              ' | c |\n\n<details><summary>A hint</summary>\n\nUnfolded.\n\n</details>\n\nOn to [chapter 2](02-plots.ipynb#Far-below).',
          ),
        ]),
        ran('02-plots', [
          markdown('# 2 · The plots\n\nAfter [the chapter before](01-block.ipynb).'),
          markdown('Far is far.\n\n'.repeat(40)),
          [code('await show(bars);'), [await display(bars)]],
          markdown('Far is far.\n\n'.repeat(40)),
          markdown('## Far below\n\nA rare animal, the marmot, is named here.'),
          markdown('Far is far.\n\n'.repeat(40)),
          [code('await show(lines);'), [await display(lines)]],
          [code('await show(cloud);'), [withId('far-away', await display(cloud))]],
          markdown('Far is far.\n\n'.repeat(10)),
        ]),
      ],
      '.',
    ),
  );
}

function withId(id: string, output: Output): Output {
  const { data } = output as Extract<Output, { output_type: 'display_data' }>;
  return {
    output_type: 'display_data',
    metadata: {},
    data: { ...data, 'text/html': `<div id="${id}">${data['text/html']}</div>` },
  };
}

function ran(name: string, parts: (Cell | [Cell, Output[]])[]): NotebookRun {
  const notebook = planted(...parts.map((part) => (Array.isArray(part) ? part[0] : part)));
  const cells: CodeCell[] = [];
  notebook.cells.forEach((cell, i) => {
    const part = parts[i];
    if (cell.cell_type !== 'code' || !Array.isArray(part)) return;
    cells.push(Object.assign(cell, { outputs: part[1], execution_count: cells.length + 1 }));
  });
  const cellSeconds = Object.fromEntries(cells.map(({ id }) => [id, 1.5]));
  return { name, status: 'finished', notebook, cells: cells.length, seconds: 3, cellSeconds };
}
