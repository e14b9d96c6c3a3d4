/** The command line of `npm run web`. */
import { integerIn, readOptions } from '../read-options';

export interface WebArguments {
  /** Undefined: the last one that was trained, else the one that comes with the checkout. */
  readonly model?: string;
  /** Undefined: the first free one. */
  readonly port?: number;
  /** `build` only builds; `dev` serves the sources as they change. */
  readonly mode: 'serve' | 'build' | 'dev';
}

export const HELP = `Shows the trained net in a page: what it takes pictures for, and why, in the browser's WebGPU, WebGL or WebAssembly.

  npm run web [-- options]

  --model DIRECTORY    a model that notebook 04, npm run train or npm run import saved; default: the last one of notebook 04,
                       else the one in notebooks/results/models
  --port N             of 127.0.0.1; default: the first free one from 4173 on
  --build              only builds, into out/web/site, for a static host
  --dev                serves the page's sources as they are, and reloads the page when one changes
  --help

The page can open nets of colour images that end in class probabilities: those of this library, and imported ones. Ctrl-C ends it.`;

const OPTIONS = {
  model: { type: 'string' },
  port: { type: 'string' },
  build: { type: 'boolean' },
  dev: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/**
 * Reads the command line.
 *
 * @returns undefined when only the help was asked for
 * @throws RangeError naming the option at fault and what is valid there
 */
export function parseArguments(argv: readonly string[]): WebArguments | undefined {
  const values = readOptions(argv, OPTIONS);
  if (values.help === true) return undefined;
  const { model, port } = values as Partial<Record<'model' | 'port', string>>;
  const number = port === undefined ? undefined : integerIn(port, 1, 65_535);
  if (port !== undefined && number === undefined) {
    throw new RangeError(`invalid --port; not an integer from 1 to 65535: ${port}`);
  }
  if (values.build && values.dev)
    throw new RangeError('invalid --dev; --build serves nothing: leave one out');
  if (values.build && port !== undefined) {
    throw new RangeError(`invalid --port; --build serves nothing: ${port}`);
  }
  return { model, port: number, mode: values.build ? 'build' : values.dev ? 'dev' : 'serve' };
}
