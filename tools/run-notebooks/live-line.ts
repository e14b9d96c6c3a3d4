/** What a run prints while it goes on: on a terminal one line a notebook that changes in place, elsewhere a line now and then. */
import { textOf } from './notebook-file';
import type { Output } from './protocol/outputs';
import type { NotebookRun } from './run-notebook';

export interface LineStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const REDRAW = 200; // ms
const SPARSE = 30_000; // ms between two lines of the same notebook where nothing can be redrawn

export class LiveLine {
  private readonly start = performance.now();
  private readonly timer: NodeJS.Timeout;
  private cell = 0;
  private cells = 0;
  private progress = '';

  constructor(
    private readonly name: string,
    private readonly stream: LineStream = process.stdout,
  ) {
    this.timer = setInterval(() => this.draw(), stream.isTTY ? REDRAW : SPARSE);
    if (stream.isTTY) this.draw();
  }

  update(cell: number, cells: number, output?: Output): void {
    this.cells = cells;
    if (cell !== this.cell) {
      this.cell = cell;
      this.progress = '';
    }
    if (output) this.progress = progressText(output) ?? this.progress;
  }

  /** Leaves a last line that says how it ended. */
  end(run: NotebookRun): void {
    this.print(`${this.erase()}${lastLine(run, this.name)}\n`);
  }

  /** For a run that ends without a result. */
  close(): void {
    this.print(this.erase());
  }

  private draw(): void {
    const where = this.cell === 0 ? 'starting' : `cell ${this.cell}/${this.cells}`;
    const parts = [`  ${this.name}`, where, duration((performance.now() - this.start) / 1000), this.progress];
    const text = parts.filter(Boolean).join('  ');
    const width = (this.stream.columns || 100) - 1;
    this.stream.write(this.stream.isTTY ? `${this.erase()}${text.slice(0, width)}` : `${text}\n`);
  }

  private print(text: string): void {
    clearInterval(this.timer);
    this.stream.write(text);
  }

  private erase(): string {
    return this.stream.isTTY ? '\r\x1b[K' : '';
  }
}

function lastLine({ status, failure, cells, seconds }: NotebookRun, name: string): string {
  const time = duration(seconds);
  if (status === 'finished') return `✓ ${name}  ${cells} cells  ${time}`;
  const where = failure?.cell === undefined ? '' : `  cell ${failure.cell}/${cells}`;
  return `✗ ${name}${where}  ${status === 'failed' ? failure?.kind : status}  ${time}`;
}

/** What the cell said last, in one line: the text of a display, such as a progress bar, or the last line it printed. */
export function progressText(output: Output): string | undefined {
  if (output.output_type === 'error' || isPicture(output)) return undefined;
  const text =
    output.output_type === 'stream'
      ? output.text
          .trimEnd()
          .split(/[\r\n]/)
          .at(-1)
      : textOf(output.data['text/plain']).trim().split('\n')[0];
  return text?.replace(/\s+/g, ' ').trim() || undefined;
}

/** The text that stands in for a picture says nothing about progress. */
function isPicture(output: Output): boolean {
  return 'data' in output && Object.keys(output.data).some((type) => /^image\/|vega/.test(type));
}

/** `3.2 s`, `1:05`, `1:02:03`. */
export function duration(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (part: number) => String(part).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
