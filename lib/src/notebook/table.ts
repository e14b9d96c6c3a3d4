/** Records as a table: HTML with numbers aligned to the right, and the same in plain text. */
import { inspect } from 'node:util';
import { escapeHtml, type Fragment, fragment } from './fragment';

export type TableRow = Readonly<Record<string, unknown>>;

/** A column: the field of the rows it shows, and how. */
export interface TableColumn {
  readonly field: string;
  /** Default: the field's name in words, `multiplyAdds` as "multiply adds". */
  readonly title?: string;
  /** Digits after the decimal point, 0..20. Default: none when all are integers, else by the largest number. */
  readonly digits?: number;
}

/**
 * A table to show.
 *
 * Shapes such as `[null, 32, 32, 16]` print as `[batch, 32, 32, 16]`, booleans as yes and no, NaN as a dash.
 *
 * @param rows Records, one a row.
 * @param columns Which fields, in which order; default: every field of the first row.
 * @param options.caption A line above the table.
 * @throws TypeError when `rows` is not an array of objects, or a column names a field that no row has.
 */
export function table(
  rows: readonly object[],
  columns?: readonly (string | TableColumn)[],
  { caption }: { caption?: string } = {},
): Fragment {
  requireRows(rows);
  const records = rows as readonly TableRow[];
  const formatted = (columns ?? Object.keys(records[0] ?? {})).map((column) =>
    formatColumn(records, typeof column === 'string' ? { field: column } : column),
  );
  return fragment({
    html: toHtml(formatted, rows.length, caption),
    text: toText(formatted, rows.length, caption),
  });
}

interface FormattedColumn {
  readonly title: string;
  readonly numeric: boolean;
  readonly cells: readonly string[];
}

function formatColumn(rows: readonly TableRow[], { field, title, digits }: TableColumn): FormattedColumn {
  if (rows.length > 0 && !rows.some((row) => field in row)) {
    throw new TypeError(
      `cannot make table; no row has the field "${field}"; fields: ${Object.keys(rows[0]).join(', ')}`,
    );
  }
  const values = rows.map((row) => row[field]);
  const numbers = values.filter((value): value is number => typeof value === 'number');
  const decimals = digits ?? fittingDigits(numbers.filter(Number.isFinite));
  return {
    title:
      title ?? field.replace(/([a-z\d])([A-Z])/g, (_, before, after) => `${before} ${after.toLowerCase()}`),
    numeric: numbers.length > 0 && values.every((value) => typeof value === 'number' || value == null),
    cells: values.map((value) => formatCell(value, decimals)),
  };
}

const MOST_DIGITS = 20; // of what `digits` may be

/** None for integers, else enough to tell values of this size apart: 0.00001234, 0.1234, 12.34, 1,234.5. */
function fittingDigits(numbers: readonly number[]): number {
  if (numbers.every(Number.isInteger)) return 0;
  const largest = Math.max(...numbers.map(Math.abs));
  if (largest < 0.001) return Math.min(3 - Math.floor(Math.log10(largest)), MOST_DIGITS);
  return largest < 10 ? 4 : largest < 1000 ? 2 : 1;
}

function formatCell(value: unknown, digits: number): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return formatNumber(value, digits);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return formatArray(value);
  return inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY });
}

function formatNumber(value: number, digits: number): string {
  if (Number.isNaN(value)) return '–';
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function formatArray(values: readonly unknown[]): string {
  const isShape = values.length > 0 && values.every((value) => value === null || typeof value === 'number');
  if (!isShape) return values.join(', ');
  return `[${values.map((size, axis) => size ?? (axis === 0 ? 'batch' : '?')).join(', ')}]`;
}

function toHtml(columns: readonly FormattedColumn[], rows: number, caption?: string): string {
  // Inline styles: JupyterLab removes style sheets from untrusted output, and its own rules align every cell to the right.
  const style = (column: FormattedColumn) =>
    `text-align:${column.numeric ? 'right' : 'left'};padding:0.2em 0.8em`;
  const cell = (tag: 'th' | 'td', column: FormattedColumn, text: string) =>
    `<${tag} style="${style(column)}">${escapeHtml(text)}</${tag}>`;
  const head = columns.map((column) => cell('th', column, column.title)).join('');
  const body = Array.from({ length: rows }, (_, row) => {
    return `<tr>${columns.map((column) => cell('td', column, column.cells[row])).join('')}</tr>`;
  });
  const title = caption ? `<caption style="text-align:left">${escapeHtml(caption)}</caption>` : '';
  return `<table style="border-collapse:collapse">${title}<thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table>`;
}

function toText(columns: readonly FormattedColumn[], rows: number, caption?: string): string {
  const widths = columns.map(({ title, cells }) =>
    Math.max(title.length, ...cells.map((cell) => cell.length)),
  );
  const line = (texts: readonly string[]) =>
    texts
      .map((text, i) => (columns[i].numeric ? text.padStart(widths[i]) : text.padEnd(widths[i])))
      .join('  ')
      .trimEnd();
  const lines = [
    line(columns.map(({ title }) => title)),
    widths.map((width) => '-'.repeat(width)).join('  '),
  ];
  for (let row = 0; row < rows; row++) lines.push(line(columns.map(({ cells }) => cells[row])));
  return (caption ? [caption, ...lines] : lines).join('\n');
}

function requireRows(rows: unknown): void {
  if (!Array.isArray(rows)) {
    throw new TypeError(
      `cannot make table; rows are not an array of objects: ${inspect(rows, { depth: 0 })}`,
    );
  }
  const wrong = rows.findIndex((row) => typeof row !== 'object' || row === null);
  if (wrong >= 0) {
    throw new TypeError(
      `cannot make table; row ${wrong} is not an object: ${inspect(rows[wrong], { depth: 0 })}`,
    );
  }
}
