import fs from 'node:fs';
import path from 'node:path';
import { escapeHtml } from '../../../lib/src/notebook/fragment';
import { paperRules } from '../../../lib/src/plot/theme';
import type { NotebookRun } from '../run-notebook';
import type { RunRecord } from '../run-record';
import { chapterTitle, renderChapter, renderNeighbours } from './chapter';
import { clientScript } from './client-script';
import { renderSidebar } from './contents';
import type { Heading } from './prose';
import { renderSummary } from './summary';
import { vegaScripts } from './vega';

/** Nothing is fetched, whatever a notebook displays. Plotly and Vega compile functions; Plotly draws through blobs. */
const POLICY = [
  "default-src 'none'",
  'img-src data: blob:',
  'font-src data:',
  "style-src 'unsafe-inline'",
  "script-src 'unsafe-inline' 'unsafe-eval'",
].join('; ');

/** In the order in which they stand in the page: later ones overrule. */
const STYLES = ['colours', 'text', 'sidebar', 'cover', 'chapter', 'tooltip', 'outputs', 'narrow', 'print'];

/**
 * The whole walkthrough as a book: one HTML page that opens without a network, with prose, code, outputs, and the record of
 * the run. Where scripts run, it can be searched, and its plots are alive.
 *
 * @param notebooksFolder where the pictures that the prose names are looked for
 */
export function renderPage(record: RunRecord, runs: readonly NotebookRun[], notebooksFolder: string): string {
  const libraries = new Set<string>();
  const names = runs.map(({ name }) => name);
  const chapters = runs.map((run) => {
    const headings: Heading[] = [];
    const context = { name: run.name, folder: notebooksFolder, chapters: names, headings, libraries };
    const html = renderChapter(run, context);
    return { html, headings, status: run.status, title: chapterTitle(run.name, headings) };
  });
  const articles = chapters.map(
    ({ html, title }, i) => `<article class="chapter" id="${escapeHtml(title.name)}">
${html}
${renderNeighbours(chapters[i - 1]?.title, chapters[i + 1]?.title)}
</article>`,
  );
  const hasPlots = articles.some((html) => html.includes('<div class="output picture plot">'));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>resnet-lab: residual networks in TypeScript</title>
<script>${clientScript('before-paint')}</script>
<style>
${STYLES.map((name) => fs.readFileSync(path.join(__dirname, 'style', `${name}.css`), 'utf8')).join('\n')}
${paperRules('.drawn', (light, dark) => `light-dark(${light}, ${dark})`)}</style>
</head>
<body>
<a class="skip" href="#top">To the text</a>
${renderSidebar(chapters)}
<main>
${renderSummary(record, chapters[0]?.title)}
${articles.join('\n')}
</main>
${hasPlots ? vegaScripts() : ''}
<script>${clientScript('main')}</script>
</body>
</html>
`;
}
