/** Search without an index: a book of a dozen chapters is looked through in a few milliseconds. */

/** In the order in which equal hits are listed. */
export const KINDS = ['heading', 'text', 'code', 'output'] as const;

/** A piece of the book that is found as a whole: a heading, a paragraph, a cell's code, what it printed. */
export interface Passage {
  readonly kind: (typeof KINDS)[number];
  readonly text: string;
}

/** Where in a passage's text a word was found: from `start` up to `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Hit<P extends Passage> {
  readonly passage: P;
  /** Of all words; in order, none overlapping another. */
  readonly spans: readonly Span[];
}

/** The words to look for; shorter ones than two letters would be found everywhere, so alone they count as none. */
export function wordsOf(query: string): string[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return words.some((word) => word.length > 1) ? words : [];
}

/**
 * The passages that contain every word, upper and lower case alike: headings first, then text, code, outputs; within each,
 * those first where every word begins a word, then in the book's order.
 */
export function find<P extends Passage>(words: readonly string[], passages: readonly P[]): Hit<P>[] {
  if (words.length === 0) return [];
  const ranked: { rank: number; hit: Hit<P> }[] = [];
  for (const passage of passages) {
    const text = passage.text.toLowerCase();
    const found = words.map((word) => spansOf(word, text));
    if (found.some((spans) => spans.length === 0)) continue;
    const beginsWords = found.every((spans) =>
      spans.some(({ start }) => !/[\p{L}\p{N}]/u.test(text[start - 1] ?? '')),
    );
    const rank = KINDS.indexOf(passage.kind) * 2 + (beginsWords ? 0 : 1);
    ranked.push({ rank, hit: { passage, spans: merged(found.flat()) } });
  }
  return ranked.sort((a, b) => a.rank - b.rank).map(({ hit }) => hit);
}

/** The piece of a passage around its first hit, about `length` characters of whole words, with the spans seen from its start. */
export function excerpt({ passage, spans }: Hit<Passage>, length: number): { text: string; spans: Span[] } {
  const { text } = passage;
  const start = text.length <= length ? 0 : wordStart(text, spans[0].start - length / 4, spans[0].start);
  const end = text.length <= start + length ? text.length : wordEnd(text, start + length, spans[0].end);
  const [before, after] = [start > 0 ? '… ' : '', end < text.length ? ' …' : ''];
  return {
    text: before + text.slice(start, end) + after,
    spans: spans
      .filter((span) => span.end <= end)
      .map((span) => ({
        start: span.start - start + before.length,
        end: span.end - start + before.length,
      })),
  };
}

function spansOf(word: string, text: string): Span[] {
  const spans: Span[] = [];
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + word.length)) {
    spans.push({ start: at, end: at + word.length });
  }
  return spans;
}

function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last && span.start <= last.end) {
      result[result.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
    } else result.push(span);
  }
  return result;
}

/** Where a word starts, at or after `from` but not after `latest`. */
function wordStart(text: string, from: number, latest: number): number {
  if (from <= 0) return 0;
  const space = text.slice(Math.round(from), latest).search(/\s/);
  return space === -1 ? latest : Math.round(from) + space + 1;
}

/** Where a word ends, at or before `latest` but not before `from`. */
function wordEnd(text: string, latest: number, from: number): number {
  if (latest <= from) return from;
  const space = text.slice(from, latest + 1).search(/\s\S*$/);
  return space === -1 ? latest : from + space;
}
