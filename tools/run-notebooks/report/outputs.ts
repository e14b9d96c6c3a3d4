/** A cell's outputs as HTML: of the forms that an output comes in, the richest that a page without a network can show. */
import { createHash } from 'node:crypto';
import { escapeHtml } from '../../../lib/src/notebook/fragment';
import { clean } from '../failure';
import { textOf } from '../notebook-file';
import type { MimeBundle, Output } from '../protocol/outputs';
import { type ProseContext, renderProse } from './prose';

/** Scripts of at least this many characters are libraries, such as plotly.js: the page carries each once. */
const LIBRARY = 100_000;

const FEW_LINES = 4;

/** What the page already holds. */
export interface PageContext extends ProseContext {
  readonly libraries: Set<string>;
}

export function renderOutputs(outputs: readonly Output[], context: PageContext): string {
  return outputs.map((output) => renderOutput(output, context)).join('\n');
}

function renderOutput(output: Output, context: PageContext): string {
  switch (output.output_type) {
    case 'stream':
      return renderStream(output.name, textOf(output.text));
    case 'error':
      return block('error', `<pre>${escapeHtml(output.traceback.join('\n') || output.evalue)}</pre>`);
    default:
      return renderBundle(output.data, context);
  }
}

function renderStream(name: 'stdout' | 'stderr', text: string): string {
  // A carriage return starts the line anew, as on a terminal.
  const visible = clean(text)
    .split('\n')
    .map((line) => line.replace(/\r$/, '').split('\r').at(-1))
    .join('\n');
  // A few long lines are text; many may be a table, whose columns wrapping would tear apart.
  const wraps = visible.split('\n').length <= FEW_LINES ? ' class="wraps"' : '';
  const label = name === 'stderr' ? '<span class="label">stderr</span>' : '';
  return block(name, `${label}<pre${wraps}>${escapeHtml(visible.trimEnd())}</pre>`);
}

function renderBundle(data: MimeBundle, context: PageContext): string {
  const text = textOf(data['text/plain']);
  if (data['text/html'] !== undefined) {
    return block('html', withoutRepeatedLibraries(textOf(data['text/html']), context.libraries));
  }
  if (data['image/svg+xml'] !== undefined) {
    const svg = Buffer.from(textOf(data['image/svg+xml'])).toString('base64');
    return picture('image/svg+xml', svg, text);
  }
  for (const type of ['image/png', 'image/jpeg', 'image/gif']) {
    if (data[type] !== undefined) return picture(type, textOf(data[type]).replace(/\s/g, ''), text);
  }
  if (data['text/markdown'] !== undefined) {
    // Headings in outputs are not sections of the chapter.
    const prose = renderProse(textOf(data['text/markdown']), { ...context, headings: [...context.headings] });
    return block('html', prose);
  }
  return block('stdout', `<pre>${escapeHtml(text)}</pre>`);
}

/** As an image element: drawings keep their ids, which may be the same in several, to themselves. */
function picture(type: string, base64: string, description: string): string {
  const alt = escapeHtml(description.split('\n')[0]);
  return block('picture', `<img alt="${alt}" src="data:${type};base64,${base64}">`);
}

function withoutRepeatedLibraries(html: string, libraries: Set<string>): string {
  return html.replace(/<script\b[^>]*>([\s\S]*?)<\/script\s*>/gi, (element, script: string) => {
    if (script.length < LIBRARY) return element;
    const digest = createHash('sha256').update(script).digest('hex');
    if (libraries.has(digest)) return '';
    libraries.add(digest);
    return element;
  });
}

function block(kind: string, html: string): string {
  return `<div class="output ${kind}">${html}</div>`;
}
