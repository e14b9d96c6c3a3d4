// @ts-check
/**
 * The lines a set-up prints: `[4/7] TensorFlow 2.21.0 (CPU): downloading 274 MB ... 41 s`.
 *
 * In a terminal the line counts its seconds while it lasts; elsewhere (a log, CI) its beginning is printed at once and its end when it is done.
 */

/**
 * @typedef {object} Line one step's voice
 * @property {(phase: string) => void} begin starts a phase: "downloading 274 MB"
 * @property {(detail: string) => void} detail what moves while the phase lasts: "112 MB"; shown in a terminal only
 * @property {(outcome?: string) => void} end closes the phase with its time, and the outcome where there is one
 * @property {(text: string) => void} say a whole line without a time
 */

/**
 * @param {{ write(text: string): unknown, isTTY?: boolean, columns?: number }} output
 * @param {() => number} [now] milliseconds
 */
export function createProgress(output, now = Date.now) {
  /** @type {NodeJS.Timeout | undefined} */
  let ticking;
  let open = '';
  let started = 0;
  let moving = '';

  const redraw = () => {
    const text = `${open} ... ${[moving, seconds(now() - started)].filter(Boolean).join(', ')}`;
    output.write(`\r\x1b[2K${text.slice(0, (output.columns || 80) - 1)}`);
  };
  const close = (/** @type {string} */ ending) => {
    if (open === '') return;
    clearInterval(ticking);
    output.write(output.isTTY ? `\r\x1b[2K${open} ... ${ending}\n` : `${ending}\n`);
    open = '';
    moving = '';
  };

  return {
    /**
     * @param {number} number
     * @param {number} of
     * @param {string} title
     * @returns {Line}
     */
    step(number, of, title) {
      const head = `[${number}/${of}] ${title}: `;
      const end = (/** @type {string | undefined} */ outcome) =>
        close([outcome, seconds(now() - started)].filter(Boolean).join(', '));
      return {
        begin(phase) {
          if (open !== '') end(undefined);
          open = head + phase;
          started = now();
          if (output.isTTY) {
            redraw();
            ticking = setInterval(redraw, 1000);
            ticking.unref();
          } else output.write(`${open} ... `);
        },
        detail(text) {
          moving = text;
        },
        end,
        say(text) {
          if (open !== '') end(undefined);
          output.write(`${head}${text}\n`);
        },
      };
    },
    /** Ends a line that a failure cut short. */
    breakOff() {
      close('stopped');
    },
  };
}

/** @typedef {ReturnType<typeof createProgress>} Progress */

/**
 * @param {number} milliseconds
 * @returns {string} "0.4 s", "41 s", "2 min 3 s"
 */
export function seconds(milliseconds) {
  if (milliseconds < 9950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const whole = Math.round(milliseconds / 1000);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * @param {number} bytes
 * @returns {string} in decimal units, as download pages show them: "274 MB", "1.2 GB"
 */
export function size(bytes) {
  return bytes < 999.5e6 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
