/** A cell's outputs as HTML: of the forms that an output comes in, the richest that a page without a network can show. */
import { escapeHtml } from '../../../lib/src/notebook/fragment';
import { clean } from '../failure';
import { textOf } from '../notebook-file';
import type { MimeBundle, Output } from '../protocol/outputs';
import { withScriptsAsleep } from './asleep';
import { bitmapPicture, svgPicture } from './picture';
import { type ProseContext, renderProse } from './prose';
import { specScript } from './vega';

const FEW_LINES = 4;

const VEGA_LITE = /^application\/vnd\.vegalite\.v\d+\+json$/;

export interface PageContext extends ProseContext {
  /** Digests of the libraries that the page already holds. */
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
    return block('html', withScriptsAsleep(textOf(data['text/html']), context.libraries));
  }
  if (data['image/svg+xml'] !== undefined) {
    const still = svgPicture(textOf(data['image/svg+xml']), text);
    const spec = Object.entries(data).find(([type]) => VEGA_LITE.test(type))?.[1];
    return spec === undefined ? block('picture', still) : block('picture plot', still + specScript(spec));
  }
  for (const type of ['image/png', 'image/jpeg', 'image/gif']) {
    const base64 = textOf(data[type]).replace(/\s/g, '');
    if (base64) return block('picture', bitmapPicture(type, base64, text));
  }
  if (data['text/markdown'] !== undefined) {
    // Headings in outputs are not sections of the chapter.
    const prose = renderProse(textOf(data['text/markdown']), { ...context, headings: [...context.headings] });
    return block('html', prose);
  }
  return block('stdout', `<pre>${escapeHtml(text)}</pre>`);
}

function block(kind: string, html: string): string {
  return `<div class="output ${kind}">${html}</div>`;
}
