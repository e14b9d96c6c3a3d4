/** The page's own scripts, from TypeScript to what stands in the page. */
import path from 'node:path';
import { buildSync } from 'esbuild';

const cache = new Map<string, string>();

/** One of the files in `client/`, with all that it imports, as the text of a script element. */
export function clientScript(name: string): string {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const { outputFiles } = buildSync({
    entryPoints: [path.join(__dirname, 'client', `${name}.ts`)],
    bundle: true,
    format: 'iife',
    target: 'es2022',
    minify: true,
    charset: 'utf8',
    write: false,
    logLevel: 'silent', // an error is thrown anyway
  });
  const script = outputFiles[0].text.trim().replace(/<\/(?=script)/gi, '<\\/');
  cache.set(name, script);
  return script;
}
