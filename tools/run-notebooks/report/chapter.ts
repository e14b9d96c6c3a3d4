/** One notebook as a chapter of the page. */
import { escapeHtml } from '../../../lib/src/notebook/fragment';
import { duration } from '../live-line';
import { type CodeCell, cellSource, hasTag, RAISES_EXCEPTION } from '../notebook-file';
import type { NotebookRun } from '../run-notebook';
import { highlight } from './code';
import { type PageContext, renderOutputs } from './outputs';
import { type Heading, renderProse } from './prose';

const SLOW = 1; // seconds from which a cell's time is worth saying

/** A chapter as the contents and its neighbours name it. */
export interface ChapterTitle {
  /** Of the notebook; the id of the chapter in the page. */
  readonly name: string;
  /** As in the notebook's name, without a leading zero; empty where that has none. */
  readonly number: string;
  /** HTML, without the number. */
  readonly html: string;
}

/** The notebook's first heading without the number that it may begin with, else what its file is called. */
export function chapterTitle(name: string, headings: readonly Heading[]): ChapterTitle {
  const number = /^\d+/.exec(name)?.[0].replace(/^0+(?=\d)/, '') ?? '';
  const heading = headings.find(({ level }) => level === 1)?.html ?? escapeHtml(name.replace(/^\d+-/, ''));
  return { name, number, html: heading.replace(/^\d+\s*[·.:–-]\s*/, '') };
}

/** Links to the chapters before and after, either of which may be missing. */
export function renderNeighbours(before: ChapterTitle | undefined, after: ChapterTitle | undefined): string {
  const link = (rel: string, word: string, title: ChapterTitle | undefined) =>
    title === undefined
      ? ''
      : `<a rel="${rel}" href="#${escapeHtml(title.name)}"><span class="way">${word}</span><span>${title.number} ${title.html}</span></a>`;
  return `<div class="neighbours">${link('prev', 'Before', before)}${link('next', 'Next', after)}</div>`;
}

/** The chapter, up to the links to its neighbours. */
export function renderChapter(run: NotebookRun, context: PageContext): string {
  const cells = run.notebook.cells.map((cell) => {
    if (cell.cell_type === 'markdown') {
      return `<div class="prose">${renderProse(cellSource(cell), context, cell.attachments)}</div>`;
    }
    return cell.cell_type === 'code' ? renderCode(cell, run, context) : '';
  });
  const name = escapeHtml(run.name);
  return `${cells.join('\n')}
${renderLateFailure(run)}
<p class="made">${run.cells} cells in ${duration(run.seconds)} · <a href="${name}.ipynb">the notebook with these outputs</a></p>`;
}

function renderCode(cell: CodeCell, run: NotebookRun, context: PageContext): string {
  const source = cellSource(cell).trimEnd();
  if (source === '') return '';
  const seconds = run.cellSeconds[cell.id];
  const ran = seconds !== undefined;
  const count = ran ? `<span class="count">${cell.execution_count}</span>` : '';
  const time = ran && seconds >= SLOW ? `<span class="time">${duration(seconds)}</span>` : '';
  const onPurpose = hasTag(cell, RAISES_EXCEPTION) ? '<p class="note">This cell fails on purpose.</p>' : '';
  const failed = ran && run.failure?.cell === cell.execution_count ? renderFailure(run) : '';
  return `<div class="cell${ran ? '' : ' not-run'}">${count}${time}
<pre class="code"><code>${highlight(source)}</code></pre>
${onPurpose}${renderOutputs(cell.outputs, context)}${failed}</div>`;
}

/** A failure that belongs to no cell. */
function renderLateFailure(run: NotebookRun): string {
  return run.failure && run.failure.cell === undefined ? renderFailure(run) : '';
}

function renderFailure({ failure, status }: NotebookRun): string {
  const { kind, message, cell } = failure!;
  const said = cell !== undefined && kind !== 'no error'; // by the cell's outputs
  const what = status === 'interrupted' ? 'interrupted' : kind;
  const head =
    cell === undefined ? `The notebook ended here: ${what}` : `Cell ${cell} ended the notebook: ${what}`;
  return `<div class="failure"><p>${head}</p>${said ? '' : `<pre>${escapeHtml(message)}</pre>`}</div>`;
}
