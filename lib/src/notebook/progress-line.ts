/** How a progress bar looks and how often it is drawn: in a notebook, in a terminal, in a log. */
import { escapeHtml } from './fragment';
import { type Bundle, type NotebookOutput, newDisplayId, type Output, type TerminalOutput } from './output';

/** One drawn state of the bar. */
export interface Frame {
  readonly text: string;
  /** 0..1 */
  readonly share: number;
  /** Milliseconds. */
  readonly time: number;
}

export interface Line {
  /** Whether enough time has passed since the last frame. */
  isDue(time: number, share: number): boolean;
  draw(frame: Frame): void;
  /** A lasting line that does not disturb the bar. */
  print(message: string): void;
  /** The bar's last text, without a bar. */
  end(text: string): void;
}

const FRAME_INTERVAL = 250; // milliseconds
const SPARSE_INTERVAL = 5000; // milliseconds

/** The form of a progress bar that this output can take. */
export function lineFor(output: Output): Line {
  if (output.kind === 'notebook') return notebookLine(output);
  return output.interactive ? interactiveLine(output) : sparseLines(output);
}

function notebookLine(output: NotebookOutput): Line {
  const id = newDisplayId();
  let drawn = Number.NEGATIVE_INFINITY;
  const bundle = (text: string, bar: string): Bundle => ({
    'text/html': `<div style="white-space:nowrap">${bar}${escapeHtml(text)}</div>`,
    'text/plain': text,
  });
  return {
    isDue: (time) => time - drawn >= FRAME_INTERVAL,
    draw({ text, share, time }) {
      const content = bundle(text, `<progress max="1" value="${share.toFixed(4)}"></progress> `);
      if (drawn === Number.NEGATIVE_INFINITY) output.display(content, id);
      else output.update(content, id);
      drawn = time;
    },
    print: (message) => output.print(message),
    end: (text) => output.update(bundle(text, ''), id),
  };
}

const CLEAR_LINE = '\r\x1b[K';

function interactiveLine(output: TerminalOutput): Line {
  let drawn = Number.NEGATIVE_INFINITY;
  let current = '';
  const redraw = () => output.write(`${CLEAR_LINE}${current}`);
  return {
    isDue: (time) => time - drawn >= FRAME_INTERVAL,
    draw({ text, share, time }) {
      const bar = `[${'='.repeat(Math.floor(20 * share)).padEnd(20)}] `;
      current = (bar + text).slice(0, output.columns - 1); // a wrapped line could not be drawn again
      drawn = time;
      redraw();
    },
    print(message) {
      output.write(`${CLEAR_LINE}${message}\n`);
      redraw();
    },
    end: (text) => output.write(`${CLEAR_LINE}${text}\n`),
  };
}

function sparseLines(output: TerminalOutput): Line {
  let drawn = Number.NEGATIVE_INFINITY;
  let tenths = 0;
  return {
    isDue: (time, share) => share < 1 && Math.floor(share * 10) > tenths && time - drawn >= SPARSE_INTERVAL,
    draw({ text, share, time }) {
      drawn = time;
      tenths = Math.floor(share * 10);
      if (share > 0) output.print(text);
    },
    print: (message) => output.print(message),
    end: (text) => output.print(text),
  };
}
