/** The book's passages as they stand in the page, each with the text nodes that its text came from. */
import type { Passage, Span } from './find';

export interface PagePassage extends Passage {
  readonly element: HTMLElement;
  /** Nearest heading before it, itself included; null in front of the first one. */
  readonly heading: HTMLElement | null;
  /** The text nodes, and where in `text` each begins. */
  readonly nodes: readonly { readonly node: Text; readonly start: number }[];
}

const HEADINGS = 'h1, h2, h3, h4';
const PASSAGES = `${HEADINGS}, p, li, pre, tr, caption, summary, dd, img[alt]`;

/** A formula's source is not shown; what scripts hold is no text. */
const UNREAD = 'annotation, script, style';

/** All passages in the book's order. One within another, such as a paragraph in a list, is found by itself. */
export function passagesOf(book: HTMLElement): PagePassage[] {
  const passages: PagePassage[] = [];
  let heading: HTMLElement | null = null;
  for (const element of book.querySelectorAll<HTMLElement>(PASSAGES)) {
    if (element.matches(HEADINGS) && !element.closest('.output')) heading = element;
    const { text, nodes } = textOf(element);
    if (text.trim()) passages.push({ kind: kindOf(element), text, element, heading, nodes });
  }
  return passages;
}

/** The ranges of the page that the spans of a passage cover; none for the description of a picture. */
export function rangesOf({ nodes }: PagePassage, spans: readonly Span[]): Range[] {
  if (nodes.length === 0) return [];
  return spans.map(({ start, end }) => {
    const range = new Range();
    const first = nodes.filter((each) => each.start <= start).at(-1)!;
    const last = nodes.filter((each) => each.start < end).at(-1)!;
    range.setStart(first.node, start - first.start);
    range.setEnd(last.node, end - last.start);
    return range;
  });
}

function kindOf(element: HTMLElement): Passage['kind'] {
  if (element.closest('.output')) return 'output';
  if (element.matches(HEADINGS)) return 'heading';
  return element.matches('pre') ? 'code' : 'text';
}

function textOf(element: HTMLElement): Pick<PagePassage, 'text' | 'nodes'> {
  if (element instanceof HTMLImageElement) return { text: element.alt, nodes: [] };
  const nodes: { node: Text; start: number }[] = [];
  let text = '';
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement!;
    if (parent.closest(UNREAD) || parent.closest(PASSAGES) !== element) continue;
    nodes.push({ node: node as Text, start: text.length });
    text += (node as Text).data;
    // Cells of a table row touch in the page's source.
    if (parent.matches('td, th') && !node.nextSibling) text += ' ';
  }
  return { text, nodes };
}
