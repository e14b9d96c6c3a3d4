/** The end of a run for people: one table a net and batch, and which bars are met. */
import { BAR_CORES, judge, type Outcome } from './bars';
import type { Median } from './measurement';

interface Column {
  readonly title: string;
  /** Undefined: an empty cell; a column of empty cells is left out. */
  readonly cell: (median: Median, outcome: Outcome) => string | undefined;
}

const COLUMNS: readonly Column[] = [
  { title: 'runner', cell: ({ runner }) => runner },
  { title: 'ms a step', cell: ({ report }) => short(report.msPerStep) },
  {
    title: 'from-to',
    cell: ({ msPerStepRange, rounds }) => (rounds > 1 ? range(msPerStepRange) : undefined),
  },
  { title: 'images/s', cell: ({ report }) => short(report.imagesPerSecond) },
  { title: 'peak MB', cell: ({ report }) => short(report.peakMemoryMB) },
  { title: 'compile s', cell: ({ report }) => report.compileSeconds?.toFixed(2) },
  {
    title: 'MB after epoch 2, last',
    cell: ({ report: { residentMB = [] } }) =>
      residentMB.length > 2 ? `${short(residentMB[1])}, ${short(residentMB.at(-1)!)}` : undefined,
  },
  {
    title: 'late ms p50, p99, max',
    cell: ({ report: { lateMs } }) =>
      lateMs && [lateMs.p50, lateMs.p99, lateMs.max].map((late) => late.toFixed(1)).join(', '),
  },
  {
    title: 'ours / its',
    cell: ({ runner }, { ratios }) => {
      return ratios.find((ratio) => ratio.runner === runner)?.ratio.toFixed(3);
    },
  },
];

/** @param threads that this machine offers */
export function table(outcome: Outcome, failures: readonly string[], threads: number): string {
  const { medians } = outcome;
  const columns = COLUMNS.map(({ title, cell }) => ({
    title,
    cells: medians.map((median) => cell(median, outcome)),
  })).filter(({ cells }) => cells.some((cell) => cell !== undefined));
  const rows = [
    columns.map(({ title }) => title),
    ...medians.map((_, i) => columns.map(({ cells }) => cells[i] ?? '')),
  ];
  return [...title(medians), ...aligned(rows), ...failures, ...verdicts(outcome, threads)].join('\n');
}

function title([first]: readonly Median[]): string[] {
  if (!first) return [];
  const { measure, net, batch, rounds, report } = first;
  const parameters = report.parameters.toLocaleString('en');
  const medians = rounds > 1 ? `medians of ${rounds} rounds` : '1 round';
  return [`${measure}: ${net}, batch ${batch}, ${parameters} parameters, ${medians}`];
}

function verdicts(outcome: Outcome, threads: number): string[] {
  const found = judge(outcome).map(
    ({ met, what, value, bar }) => `  ${met ? 'met   ' : 'MISSED'}  ${bar}: ${short(value)} ${what}`,
  );
  if (found.length === 0) return [];
  const elsewhere = threads === BAR_CORES ? '' : `, stated for ${BAR_CORES} cores, here on ${threads}`;
  return [`bars${elsewhere}`, ...found];
}

/** Left-aligned first column, the others to the right. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) =>
    `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ')}`.trimEnd(),
  );
}

function range([from, to]: readonly [number, number]): string {
  return `${short(from)}-${short(to)}`;
}

/** Three digits, or all before the point: 0.247, 13.1, 2443. */
export function short(value: number): string {
  return value >= 100 || value === 0 ? value.toFixed(0) : value.toPrecision(3);
}
