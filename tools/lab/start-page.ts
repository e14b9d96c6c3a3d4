/** The page on which JupyterLab opens, as Markdown: what there is to read, how long it takes, what is at hand. */
import { duration } from '../run-notebooks/live-line';
import { GENERATED_NOTE, percent, testImages } from '../run-notebooks/result-text';
import type { NotebookRecord, RunRecord } from '../run-notebooks/run-record';
import type { Chapter } from './chapter';

export interface StartFacts {
  readonly chapters: readonly Chapter[];
  /** The folder it was found in, or what is missing there. */
  readonly cifar10: { readonly folder: string } | { readonly missing: string };
  /** Where the walkthrough leaves the book, seen from the checkout's root. */
  readonly book: string;
  /** Of the last walkthrough. */
  readonly lastRun?: RunRecord;
}

export function startPage({ chapters, cifar10, book, lastRun }: StartFacts): string {
  return `# resnet-lab

Residual networks in TypeScript, step by step. Open a chapter, then choose *Run → Run All Cells*, or step through with
Shift-Enter. Change what you like: \`git restore notebooks\` brings everything back.

| | chapter | time | in the last walkthrough |
|--:|---|---|--:|
${chapters.map((chapter) => row(chapter, lastRun)).join('\n')}

**Data.** ${dataText(cifar10)}

**Last walkthrough.** ${lastRun ? resultText(lastRun, book) : noResultText(book)}

This page was written when JupyterLab was started; \`npm run lab\` writes it anew.
`;
}

function row({ name, number, title, time }: Chapter, lastRun: RunRecord | undefined): string {
  const said = time?.replace(/^About /, '').replace(/\.$/, '') ?? '';
  const record = lastRun?.notebooks.find((notebook) => notebook.name === name);
  const cells = [
    number,
    `[${title.replace(/\|/g, '\\|')}](${name}.ipynb)`,
    said,
    record ? runText(record) : '',
  ];
  return `| ${cells.join(' | ')} |`;
}

function runText({ status, seconds, failure }: NotebookRecord): string {
  if (status === 'finished') return duration(seconds);
  return failure?.cell === undefined ? status : `${status} in cell ${failure.cell}`;
}

function dataText(cifar10: StartFacts['cifar10']): string {
  if ('folder' in cifar10) return `CIFAR-10 is in \`${cifar10.folder}\`.`;
  return `CIFAR-10 is not here (${cifar10.missing}). The notebooks fetch it when they need it, as \`npm run data\` in a terminal does;
where they cannot, they draw ten classes of shapes, and say so wherever a result is shown.`;
}

function resultText(record: RunRecord, book: string): string {
  const { accuracy, training, started, seconds, status, dataSet } = record;
  const date = `${started.slice(0, 16).replace('T', ' ')} UTC`;
  const ending = `${date}, ${status === 'finished' ? 'in' : `${status} after`} ${duration(seconds)}`;
  const kept = `All chapters with their outputs are in \`${book}\`.`;
  if (accuracy === null) return `${ending}; it trained and evaluated nothing. ${kept}`;
  const epochs = training ? ` after ${training.epochs} ${training.epochs === 1 ? 'epoch' : 'epochs'}` : '';
  const note = dataSet.source === 'generated' ? ` ${GENERATED_NOTE}` : '';
  return `**${percent(accuracy)}** on ${testImages(record)}${epochs} (${ending}).${note} ${kept}`;
}

function noResultText(book: string): string {
  return `None yet. \`npm start\` in a terminal runs all chapters, and leaves them as a book in \`${book}\`.`;
}
