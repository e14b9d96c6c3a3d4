/** Scripts that stand in the page as text until an output that needs them comes near: see client/outputs.ts. */
import { createHash } from 'node:crypto';

/** Scripts of at least this many characters are libraries, such as plotly.js: the page carries each once. */
const LIBRARY = 100_000;

/** A script element that a browser does not run, marked with an attribute by which the page finds it. */
export function asleep(script: string, mark: string): string {
  return `<script type="text/plain" ${mark}>${script.replace(/<\/(?=script)/gi, '<\\/')}</script>`;
}

/**
 * An output's HTML with its scripts asleep, without libraries that the page already has.
 *
 * @param libraries digests of those; more are added
 */
export function withScriptsAsleep(html: string, libraries: Set<string>): string {
  return html.replace(
    /<script\b([^>]*)>([\s\S]*?)<\/script\s*>/gi,
    (element, attributes: string, script: string) => {
      const type = /\btype\s*=\s*["']?([^"'\s>]*)/i.exec(attributes)?.[1] ?? 'text/javascript';
      if (!/^(text|application)\/(java|ecma)script$|^module$/i.test(type)) return element; // data
      const others = attributes.replace(/\btype\s*=\s*("[^"]*"|'[^']*'|[^"'\s>]+)/i, '').trim();
      const mark = `data-asleep="${type}"${others && ` ${others}`}`;
      if (script.length < LIBRARY) return asleep(script, mark);
      const digest = createHash('sha256').update(script).digest('hex');
      if (libraries.has(digest)) return '';
      libraries.add(digest);
      return asleep(script, `data-library ${mark}`);
    },
  );
}
