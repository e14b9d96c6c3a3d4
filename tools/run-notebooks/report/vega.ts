/** What draws Vega-Lite plots in the page. */
import fs from 'node:fs';
import path from 'node:path';
import { asleep } from './asleep';

/** Vega and Vega-Lite as scripts, to stand in the page once; they run when the first plot comes near. */
export function vegaScripts(): string {
  return ['vega', 'vega-lite']
    .map((name) => {
      const folder = path.dirname(require.resolve(`${name}/package.json`));
      const source = fs.readFileSync(path.join(folder, 'build', `${name}.min.js`), 'utf8');
      return asleep(source.replace(/^\/\/# sourceMappingURL=.*$/m, ''), `data-vega="${name}"`);
    })
    .join('\n');
}

/** A spec as a script element that only holds it. */
export function specScript(spec: unknown): string {
  return `<script type="application/json">${JSON.stringify(spec).replace(/</g, '\\u003c')}</script>`;
}
