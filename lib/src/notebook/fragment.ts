/** Pieces of HTML, Markdown or text that `show()` displays, each with the text that a terminal prints. */
import { inspect } from 'node:util';

/** Made by {@link html}, {@link markdown} and `table()`. */
export interface Fragment {
  readonly html?: string;
  readonly markdown?: string;
  /** What a terminal prints. */
  readonly text: string;
}

/**
 * A piece of HTML to show.
 *
 * @param source HTML; what it contains is shown as it is, so escape text with {@link escapeHtml}.
 */
export function html(source: string): Fragment {
  return fragment({ html: requireText('html', source), text: stripTags(source) });
}

/** A piece of Markdown to show; formulas between dollar signs. A terminal prints its source. */
export function markdown(source: string): Fragment {
  return fragment({ markdown: requireText('markdown', source), text: source.trim() });
}

/** Adds what makes a fragment print as its text when a cell ends with it instead of showing it. */
export function fragment(parts: Fragment): Fragment {
  return Object.defineProperty({ ...parts }, inspect.custom, { value: () => parts.text });
}

export function isFragment(value: unknown): value is Fragment {
  const parts = value as Partial<Fragment> | null;
  return (
    typeof parts === 'object' &&
    typeof parts?.text === 'string' &&
    (typeof parts.html === 'string' || typeof parts.markdown === 'string')
  );
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** `text` with the characters that mean something in HTML replaced, for element content and attribute values. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

/** The readable text of a piece of HTML: tags removed, a new line where a block or a row ends. */
export function stripTags(source: string): string {
  const characters = new Map(Object.entries(ENTITIES).map(([character, entity]) => [entity, character]));
  return source
    .replace(/<(script|style)\b[\s\S]*?<\/\1\s*>/gi, '')
    .replace(/\s+/g, ' ')
    .replace(/<br\b[^>]*>|<\/(p|div|tr|li|h[1-6]|table|caption|pre)\s*>/gi, '\n')
    .replace(/<\/t[dh]\s*>/gi, '  ')
    .replace(/<[^>]*>/g, '')
    .replace(/&(amp|lt|gt|quot|#39);/g, (entity) => characters.get(entity)!)
    .replace(/&nbsp;/g, ' ')
    .replace(/ *\n[ \n]*/g, '\n')
    .trim();
}

function requireText(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`cannot make ${name}; not a string: ${inspect(value, { depth: 0 })}`);
}
