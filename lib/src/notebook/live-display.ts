/** One output that changes in place while a cell runs. */
import { type Showable, toBundle, toText } from './bundle';
import { currentOutput, type NotebookOutput, newDisplayId, type Output, type TerminalOutput } from './output';

export interface LiveDisplay {
  /**
   * Shows `what` instead of what was there. Updates that come too fast are left out, the last of them is shown a moment later;
   * the promise does not wait for that. A plot goes out without its still picture, which takes time to draw.
   */
  update(what: Showable): Promise<void>;
  /** Shows `what`, or the latest update, in all its forms, and waits until that is done. */
  finish(what?: Showable): Promise<void>;
}

interface LiveDisplayOptions {
  /** Least milliseconds between two updates; default 250 in a notebook, 10,000 in a terminal, which cannot redraw. */
  readonly interval?: number;
  readonly output?: Output;
}

/**
 * An output to update in place, at most four times a second. A terminal prints the updates one below the other, at most every
 * ten seconds. Call `finish` at the end: only then is the last update sure to be shown when the cell ends.
 *
 * @param first Shown at once; without it, the output appears with the first update.
 * @throws TypeError when `first` cannot be shown.
 */
export function liveDisplay(first?: Showable, options: LiveDisplayOptions = {}): LiveDisplay {
  const output = options.output ?? currentOutput();
  if (output.kind === 'terminal') return displayFrom(first, drawBelow(output), options.interval ?? 10_000);
  const id = newDisplayId();
  const placed = first !== undefined;
  if (placed) output.display({ 'text/plain': toText(first) }, id); // takes its place among the cell's outputs
  return displayFrom(first, drawInPlace(output, id, placed), options.interval ?? 250);
}

function displayFrom(first: Showable | undefined, draw: Draw, interval: number): LiveDisplay {
  const display = new ThrottledDisplay(draw, interval);
  if (first !== undefined) display.drawSoon(first);
  return display;
}

/** Draws `what`; in all its forms when it is the `last` thing to be drawn. */
type Draw = (what: Showable, last: boolean) => Promise<void>;

function drawInPlace(output: NotebookOutput, id: string, placed: boolean): Draw {
  let displayed = placed;
  return async (what, last) => {
    const bundle = await toBundle(what, output.kernel, { picture: last });
    if (displayed) output.update(bundle, id);
    else output.display(bundle, id);
    displayed = true;
  };
}

function drawBelow(output: TerminalOutput): Draw {
  let printed: string | undefined;
  return async (what) => {
    const text = toText(what);
    if (text !== printed) output.print(text);
    printed = text;
  };
}

/** Keeps the latest update and draws it when enough time has passed since the one before. */
class ThrottledDisplay implements LiveDisplay {
  private latest: { readonly what: Showable; drawn: 'not yet' | 'quickly' | 'in all forms' } | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** The drawing under way, if any; it never rejects, for its error belongs to whoever asked for it. */
  private drawing: Promise<void> | undefined;
  private notBefore = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly draw: Draw,
    private readonly interval: number,
  ) {}

  async update(what: Showable): Promise<void> {
    this.latest = { what, drawn: 'not yet' };
    if (this.drawing || this.timer) return;
    const wait = this.notBefore - performance.now();
    if (wait <= 0) await this.drawLatest(false);
    else this.drawLater(wait);
  }

  async finish(what?: Showable): Promise<void> {
    if (what !== undefined) this.latest = { what, drawn: 'not yet' };
    await this.drawing;
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.drawLatest(true);
  }

  /** For callers that cannot wait; what goes wrong is printed. */
  drawSoon(what: Showable): void {
    this.latest = { what, drawn: 'not yet' };
    this.drawLatest(false).catch((error) => console.error(error));
  }

  private async drawLatest(last: boolean): Promise<void> {
    const { latest } = this;
    if (!latest || latest.drawn === 'in all forms' || (latest.drawn === 'quickly' && !last)) return;
    latest.drawn = last ? 'in all forms' : 'quickly';
    this.notBefore = performance.now() + this.interval;
    const drawn = this.draw(latest.what, last);
    this.drawing = drawn.catch(() => {});
    try {
      await drawn;
    } finally {
      this.drawing = undefined;
    }
    if (!last && this.latest?.drawn === 'not yet') this.drawLater(this.notBefore - performance.now());
  }

  private drawLater(wait: number): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.drawLatest(false).catch((error) => console.error(error));
    }, wait);
    this.timer.unref(); // a program that has ended must not wait for it
  }
}
