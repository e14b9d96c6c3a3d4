import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import katexPlugin from '@vscode/markdown-it-katex';
import MarkdownIt from 'markdown-it';
import { escapeHtml } from '../../../lib/src/notebook/fragment';
import { highlight } from './code';

export interface Heading {
  readonly id: string;
  /** HTML of its text, formulas included. */
  readonly html: string;
  readonly level: number;
}

export interface ProseContext {
  /** Of the chapter: goes before the ids of its headings. */
  readonly name: string;
  /** The notebook's folder, where its pictures lie. */
  readonly folder: string;
  /** Names of the notebooks that are chapters of this page: links to their files become links within it. */
  readonly chapters: readonly string[];
  /** The headings so far; more are added. */
  readonly headings: Heading[];
}

type Attachments = Record<string, Record<string, string>>;

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.svg': 'image/svg+xml',
};

/**
 * A notebook's Markdown as HTML that needs nothing else: formulas as MathML, pictures inlined, code coloured.
 *
 * @param attachments of the cell
 */
export function renderProse(source: string, context: ProseContext, attachments: Attachments = {}): string {
  const markdown = new MarkdownIt({ html: true, linkify: true, highlight });
  // MathML alone: KaTeX's HTML needs fonts, which the page would have to carry.
  markdown.use(katexPlugin, { output: 'mathml', throwOnError: false });
  const { rules } = markdown.renderer;
  rules.image = (tokens, index) => {
    const token = tokens[index];
    const address = String(token.attrGet('src'));
    const alt = escapeHtml(token.content);
    const inlined = inlineImage(decoded(address), context.folder, attachments);
    return inlined
      ? `<img alt="${alt}" src="${inlined}">`
      : `<a href="${escapeHtml(address)}">${alt || 'picture'}</a>`;
  };
  rules.table_open = () => '<div class="scroll"><table>\n';
  rules.table_close = () => '</table></div>\n';
  markdown.core.ruler.push('addresses', (state) => {
    for (const token of state.tokens) {
      for (const child of token.children ?? []) {
        if (child.type === 'link_open')
          child.attrSet('href', localLink(String(child.attrGet('href')), context));
      }
    }
  });
  markdown.core.ruler.push('headings', (state) => {
    state.tokens.forEach((token, i) => {
      if (token.type !== 'heading_open') return;
      const text = state.tokens[i + 1];
      const id = freshId(`${context.name}-${slug(text.content)}`, context.headings);
      token.attrSet('id', id);
      const html = markdown.renderer.renderInline(text.children ?? [], markdown.options, state.env);
      context.headings.push({ id, html, level: Number(token.tag.slice(1)) });
    });
  });
  return withFunctionSpaces(markdown.render(source));
}

/** Browsers set `log p` as `logp`: they give the invisible sign between a function and its argument no width. */
function withFunctionSpaces(html: string): string {
  return html.replace(/<mo>\u2061<\/mo>(?!<mo[^>]*>[([{|∣])/g, '<mspace width="0.17em"></mspace>');
}

/** The picture as a data address; undefined for one on the network, which the page must not fetch. */
function inlineImage(address: string, folder: string, attachments: Attachments): string | undefined {
  if (address.startsWith('data:')) return escapeHtml(address);
  if (address.startsWith('attachment:')) {
    const [type, content] = Object.entries(attachments[address.slice('attachment:'.length)] ?? {})[0] ?? [];
    return type && `data:${type};base64,${content}`;
  }
  const type = MEDIA_TYPES[path.extname(address).toLowerCase()];
  const file = path.resolve(folder, address);
  if (/^[a-z]+:/i.test(address) || !type || !fs.existsSync(file)) return undefined;
  return `data:${type};base64,${fs.readFileSync(file).toString('base64')}`;
}

/** Where a link leads: to a chapter or a section of this page, to the network as it is, else to a file of the checkout. */
function localLink(address: string, { name, chapters, folder }: ProseContext): string {
  if (/^([a-z]+:|\/\/)/i.test(address)) return address;
  const [file, section] = address.split('#');
  const chapter = file === '' ? name : chapters.find((each) => path.basename(file) === `${each}.ipynb`);
  if (!chapter) {
    const { href } = pathToFileURL(path.resolve(folder, decoded(file)));
    return section ? `${href}#${section}` : href;
  }
  return section ? `#${chapter}-${slug(decoded(section))}` : `#${chapter}`;
}

/** Part of an address without what stands for other signs; as it is where that is no UTF-8, such as `caf%E9`. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function slug(text: string): string {
  return (
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-|-$/g, '') || 'section'
  );
}

function freshId(wanted: string, headings: readonly Heading[]): string {
  let id = wanted;
  for (let n = 2; headings.some((heading) => heading.id === id); n++) id = `${wanted}-${n}`;
  return id;
}
