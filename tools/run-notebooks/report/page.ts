import fs from 'node:fs';
import path from 'node:path';
import { escapeHtml } from '../../../lib/src/notebook/fragment';
import type { NotebookRun } from '../run-notebook';
import type { RunRecord } from '../run-record';
import { renderChapter } from './chapter';
import type { Heading } from './prose';
import { renderSummary } from './summary';

/** Nothing is fetched, whatever a notebook displays. Plotly compiles its shaders' wrappers and draws through blobs. */
const POLICY = [
  "default-src 'none'",
  'img-src data: blob:',
  'font-src data:',
  "style-src 'unsafe-inline'",
  "script-src 'unsafe-inline' 'unsafe-eval'",
].join('; ');

/** Marks the section in view in the sidebar. */
const FOLLOW_SCROLLING = `(function () {
  var links = new Map();
  document.querySelectorAll('nav a').forEach(function (link) { links.set(link.hash.slice(1), link); });
  var sections = Array.from(links.keys(), function (id) { return document.getElementById(id); }).filter(Boolean);
  function mark() {
    var current = sections.filter(function (section) { return section.getBoundingClientRect().top < 120; }).pop();
    links.forEach(function (link, id) { link.classList.toggle('here', !!current && id === current.id); });
    var here = document.querySelector('nav a.here');
    document.querySelectorAll('nav details').forEach(function (part) { part.open = !!here && part.contains(here); });
    if (here) here.scrollIntoView({ block: 'nearest' });
  }
  addEventListener('scroll', mark, { passive: true });
  mark();
})();`;

/**
 * The whole walkthrough as one HTML page that opens without a network: prose, code, outputs, and the record of the run.
 *
 * @param notebooksFolder where the pictures that the prose names are looked for
 */
export function renderPage(record: RunRecord, runs: readonly NotebookRun[], notebooksFolder: string): string {
  const libraries = new Set<string>();
  const chapters = runs.map((run) => {
    const headings: Heading[] = [];
    const context = {
      name: run.name,
      folder: notebooksFolder,
      chapters: runs.map(({ name }) => name),
      headings,
      libraries,
    };
    return { run, headings, html: renderChapter(run, context) };
  });
  const style = fs.readFileSync(path.join(__dirname, 'page.css'), 'utf8');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>resnet-lab: residual networks in TypeScript</title>
<style>
${style}</style>
</head>
<body>
<nav aria-label="Chapters">
<a class="home" href="#top">resnet-lab</a>
${chapters.map(({ run, headings }) => renderEntry(run, headings)).join('\n')}
</nav>
<main>
${renderSummary(record)}
${chapters.map(({ html }) => html).join('\n')}
</main>
<script>${FOLLOW_SCROLLING}</script>
</body>
</html>
`;
}

/** A chapter in the sidebar, its sections folded away while it is not in view. */
function renderEntry({ name, status }: NotebookRun, headings: readonly Heading[]): string {
  const number = /^\d+/.exec(name)?.[0] ?? '';
  const heading = headings.find(({ level }) => level === 1)?.html ?? escapeHtml(name.replace(/^\d+-/, ''));
  const title = heading.replace(/^\d+\s*[·.:–-]\s*/, ''); // the sidebar numbers its entries itself
  const mark = status === 'finished' ? '' : ` <span class="mark">${status}</span>`;
  const sections = headings.filter(({ level }) => level === 2).map(renderLink);
  return `<a class="chapter-link" href="#${escapeHtml(name)}"><span class="number">${number}</span><span>${title}${mark}</span></a>
<details><summary hidden></summary>${sections.join('')}</details>`;
}

function renderLink({ id, html }: Heading): string {
  return `<a href="#${escapeHtml(id)}">${html}</a>`;
}
