import path from 'node:path';
import { cellSource, notebookName, readNotebook } from '../run-notebooks/notebook-file';

export interface Chapter {
  /** Of the notebook, e.g. `01-residual-block`. */
  readonly name: string;
  /** As in the notebook's name, without a leading zero. */
  readonly number: string;
  /** Its first heading without the number; Markdown. */
  readonly title: string;
  /** What its first cell says about time: `About ten minutes to read, seconds to run.` */
  readonly time?: string;
}

/**
 * What a chapter says about itself in its first cell.
 *
 * @throws Error when the notebook cannot be read
 */
export function readChapter(file: string): Chapter {
  const name = notebookName(file);
  const [first] = readNotebook(file).cells;
  const text = first?.cell_type === 'markdown' ? cellSource(first) : '';
  const heading = /^# (.*)$/m.exec(text)?.[1] ?? name.replace(/^\d+-/, '');
  const time = /^About [^.]* to read\b[^.]*\./m.exec(text)?.[0];
  return {
    name,
    number: String(Number(path.basename(name).slice(0, 2))),
    title: heading.replace(/^\d+\s*[·.:–-]\s*/, '').trim(),
    ...(time && { time }),
  };
}
