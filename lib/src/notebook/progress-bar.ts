/** How far a long computation is: one line that changes in place. */
import { currentOutput, type Output } from './output';
import { lineFor } from './progress-line';

export interface ProgressBar {
  /**
   * @param done How much of the total, 0..total.
   * @param note What else to say, e.g. `"loss 0.91, 512 images/s"`.
   * @throws RangeError when `done` is not in 0..total.
   */
  update(done: number, note?: string): void;
  /** Prints a lasting line beside the bar. */
  print(line: string): void;
  /** Leaves a last line with the time it took; later updates have no effect. */
  finish(note?: string): void;
}

interface ProgressBarOptions {
  /** The number that `update` counts up to: steps, images, bytes. */
  readonly total: number;
  /** What is being done, e.g. `"training"`. */
  readonly label: string;
  /** Seconds that the work has taken already; default 0. */
  readonly elapsed?: number;
  readonly output?: Output;
  /** Milliseconds of a clock; for tests. */
  readonly now?: () => number;
}

/**
 * A progress bar with percentage, elapsed time and time left. Updates are cheap and may come as often as they like: at most
 * four a second are drawn. Where a line cannot be drawn again (a file, a CI log), at most ten lines come, five seconds apart
 * at least.
 *
 * @throws RangeError when `total` is not a positive number.
 */
export function progressBar({
  total,
  label,
  elapsed = 0,
  output = currentOutput(),
  now = Date.now,
}: ProgressBarOptions): ProgressBar {
  if (!(total > 0 && Number.isFinite(total)))
    throw new RangeError(`invalid total; not a positive number: ${total}`);
  const line = lineFor(output);
  const start = now() - 1000 * elapsed;
  let done = 0;
  let note = '';
  let finished = false;
  const text = () => running({ label, done, total, note, seconds: (now() - start) / 1000 });
  line.draw({ text: text(), share: 0, time: now() });
  return {
    update(newDone, newNote = '') {
      if (!(newDone >= 0 && newDone <= total))
        throw new RangeError(`invalid done; not in 0..${total}: ${newDone}`);
      if (finished) return;
      done = newDone;
      note = newNote;
      const time = now();
      if (line.isDue(time, done / total)) line.draw({ text: text(), share: done / total, time });
    },
    print(message) {
      line.print(message);
    },
    finish(lastNote = note) {
      if (finished) return;
      finished = true;
      line.end(ended({ label, done, total, note: lastNote, seconds: (now() - start) / 1000 }));
    },
  };
}

interface State {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  readonly note: string;
  readonly seconds: number;
}

function running({ label, done, total, note, seconds }: State): string {
  const left = done > 0 ? `, ${clockTime((seconds / done) * (total - done))} left` : '';
  const percent = Math.floor((100 * done) / total);
  return joined(
    `${label} ${percent} %, ${grouped(done)}/${grouped(total)}, ${clockTime(seconds)} elapsed${left}`,
    note,
  );
}

function ended({ label, done, total, note, seconds }: State): string {
  const reached = done === total ? grouped(total) : `stopped at ${grouped(done)}/${grouped(total)}`;
  return joined(`${label}: ${reached} in ${clockTime(seconds)}`, note);
}

function joined(text: string, note: string): string {
  return note ? `${text}, ${note}` : text;
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** `0:07`, `12:30`, `1:02:03`. */
export function clockTime(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (part: number) => String(part).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
