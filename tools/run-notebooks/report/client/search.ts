/** The search field: hits take the place of the contents, and are marked in the text. */
import { excerpt, find, type Hit, type Span, wordsOf } from './find';
import { type PagePassage, passagesOf, rangesOf } from './passages';

const MOST = 50; // hits that are listed
const EXCERPT = 110; // characters
const MARKED = 'found'; // the style sheet's name for what is marked in the text

const PLACES = { heading: '', text: '', code: 'code', output: 'output' } as const;

/** @param unfold makes the field visible where it is folded away */
export function startSearch(unfold: () => void): void {
  const form = document.querySelector<HTMLElement>('.search')!;
  const field = form.querySelector('input')!;
  const count = form.querySelector<HTMLElement>('[role="status"]')!;
  const list = form.querySelector('ol')!;
  const contents = document.getElementById('contents')!;
  const book = document.querySelector('main')!;

  const search = () => {
    const words = wordsOf(field.value);
    // Anew each time: outputs that were drawn meanwhile have other nodes.
    const hits = words.length > 0 ? find(words, passagesOf(book)) : [];
    list.replaceChildren(...hits.slice(0, MOST).map(listItem));
    contents.hidden = words.length > 0;
    count.textContent = words.length > 0 ? countText(hits.length) : '';
    markInText(hits.slice(0, MOST));
  };
  field.addEventListener('input', search);
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') list.querySelector('a')?.click();
    if (event.key === 'Escape' && field.value) {
      event.stopPropagation(); // the contents stay unfolded
      field.value = '';
      search();
    }
  });
  addEventListener('keydown', (event) => {
    const { target, key } = event;
    const typing = (target as Element).closest?.('input, textarea, select, [contenteditable]');
    if (key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    unfold();
    field.focus();
    field.select();
  });
  search(); // a browser may have kept the field's text
}

function countText(hits: number): string {
  if (hits === 0) return 'Nothing found';
  if (hits > MOST) return `${hits} places, the first ${MOST} of them:`;
  return hits === 1 ? '1 place' : `${hits} places`;
}

function listItem(hit: Hit<PagePassage>): HTMLLIElement {
  const { element, heading, kind } = hit.passage;
  const item = document.createElement('li');
  const link = item.appendChild(document.createElement('a'));
  const section = heading ?? element.closest<HTMLElement>('[id]');
  link.href = `#${section?.id || 'top'}`;
  const where = link.appendChild(document.createElement('span'));
  where.className = 'where';
  where.textContent = [chapterTitle(element), kind === 'heading' ? '' : plainText(heading), PLACES[kind]]
    .filter((part, i, all) => part && part !== all[i - 1])
    .join(' › ');
  const { text, spans } = excerpt(hit, EXCERPT);
  link.append(...marked(text, spans));
  link.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState(null, '', link.href);
    goTo(element);
  });
  return item;
}

function chapterTitle(element: HTMLElement): string {
  return plainText(element.closest('.chapter')?.querySelector('h1') ?? null);
}

function plainText(heading: HTMLElement | null): string {
  const copy = heading?.cloneNode(true) as HTMLElement | undefined;
  for (const annotation of copy?.querySelectorAll('annotation') ?? []) annotation.remove();
  return copy?.textContent?.trim() ?? '';
}

function marked(text: string, spans: readonly Span[]): Node[] {
  const nodes: Node[] = [];
  let done = 0;
  for (const { start, end } of spans) {
    const mark = document.createElement('mark');
    mark.textContent = text.slice(start, end);
    nodes.push(new Text(text.slice(done, start)), mark);
    done = end;
  }
  return [...nodes, new Text(text.slice(done))];
}

function goTo(element: HTMLElement): void {
  for (let fold = element.closest('details'); fold; fold = fold.parentElement!.closest('details'))
    fold.open = true;
  element.scrollIntoView({ block: 'center' });
  if (element.tabIndex < 0) element.tabIndex = -1; // may take the focus, but is no stop of the Tab key
  element.focus({ preventScroll: true });
}

/** Without touching the page's elements, where the browser can do that; elsewhere the list has to be enough. */
function markInText(hits: readonly Hit<PagePassage>[]): void {
  if (!CSS.highlights) return;
  CSS.highlights.set(
    MARKED,
    new Highlight(...hits.flatMap(({ passage, spans }) => rangesOf(passage, spans))),
  );
}
