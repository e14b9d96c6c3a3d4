import { type Showable, type ShowOptions, toBundle, toText } from './bundle';
import { currentOutput, type Output } from './output';

/**
 * Displays something below the running cell; in a terminal, prints what it says.
 *
 * A plot goes out as one output in three forms (interactive, SVG, text), and the front end takes the best it can render.
 *
 * @param what A Vega-Lite spec, SVG text, a Plotly figure, an array of records (shown as a table), what `html()`,
 *   `markdown()` and `table()` make, or plain text.
 * @param options.still For a Plotly figure: a Vega-Lite spec of the same data, the picture where scripts do not run.
 * @param output Where to; default: the running cell, or the terminal.
 * @throws TypeError when `what` is none of these.
 */
export async function show(
  what: Showable,
  options: ShowOptions = {},
  output: Output = currentOutput(),
): Promise<void> {
  if (output.kind === 'terminal') output.print(toText(what));
  else output.display(await toBundle(what, output.kernel, options));
}
