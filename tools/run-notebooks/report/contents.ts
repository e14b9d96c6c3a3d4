/** What stands beside the text: search, the chapters with their sections, and the switch between light and dark. */
import { escapeHtml } from '../../../lib/src/notebook/fragment';
import type { NotebookRun } from '../run-notebook';
import type { ChapterTitle } from './chapter';
import type { Heading } from './prose';

export interface ContentsEntry {
  readonly title: ChapterTitle;
  readonly status: NotebookRun['status'];
  /** Of the whole chapter, in order. */
  readonly headings: readonly Heading[];
}

/** What only works with scripts is shown by the style sheet only where there are any. */
export function renderSidebar(entries: readonly ContentsEntry[]): string {
  return `<nav class="sidebar" aria-label="Contents">
<div class="bar"><a class="home" href="#top">resnet-lab</a><button class="unfold" type="button" aria-controls="unfolded" aria-expanded="true">Contents</button></div>
<div id="unfolded">
<div class="search" role="search">
<input type="search" placeholder="Search" aria-label="Search the book" aria-keyshortcuts="/" autocomplete="off" spellcheck="false">
<p role="status"></p>
<ol></ol>
</div>
<ol id="contents">
<li><a class="chapter-link" href="#top"><span class="number"></span><span>Result</span></a></li>
${entries.map(renderEntry).join('\n')}
</ol>
<div class="colours" role="group" aria-label="Colours">${['Auto', 'Light', 'Dark'].map(renderColours).join('')}</div>
</div>
</nav>`;
}

/** A chapter; the style sheet folds its sections away while it is not in view. */
function renderEntry({ title, status, headings }: ContentsEntry): string {
  const mark = status === 'finished' ? '' : ` <span class="mark">${status}</span>`;
  const sections = headings.filter(({ level }) => level === 2).map(renderSection);
  const folded = sections.length > 0 ? `<ol>${sections.join('')}</ol>` : '';
  return `<li><a class="chapter-link" href="#${escapeHtml(title.name)}"><span class="number">${title.number}</span><span>${title.html}${mark}</span></a>${folded}</li>`;
}

function renderSection({ id, html }: Heading): string {
  return `<li><a href="#${escapeHtml(id)}">${html}</a></li>`;
}

function renderColours(name: string): string {
  return `<button type="button" value="${name.toLowerCase()}" aria-pressed="false">${name}</button>`;
}
