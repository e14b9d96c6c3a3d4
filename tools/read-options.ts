/** Command lines of long options, read strictly and refused in the words of this project. */
import { parseArgs } from 'node:util';

/** The integer that a text of digits stands for; undefined for another text, and beyond the bounds. */
export function integerIn(text: string, least: number, most = Number.MAX_SAFE_INTEGER): number | undefined {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return number >= least && number <= most ? number : undefined;
}

type Options = Readonly<Record<string, { readonly type: 'string' | 'boolean'; readonly multiple?: boolean }>>;

/**
 * Reads `--name value` and `--name=value`.
 *
 * @param options as Node's `parseArgs` takes them
 * @param check throws for a value that its option cannot have; called in the order of the command line
 * @returns the values by name, as `parseArgs` returns them
 * @throws RangeError naming the argument at fault: unknown, without its value, or with one that it does not take
 */
export function readOptions<T extends Options>(
  argv: readonly string[],
  options: T,
  check?: (name: string, value: string) => void,
) {
  const { values, tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === 'positional') throw new RangeError(`unknown argument; not an option: ${token.value}`);
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (!option || rawName !== `--${name}`) {
      const known = Object.keys(options).map((known) => `--${known}`);
      throw new RangeError(`unknown option ${rawName}; options: ${known.join(', ')}`);
    }
    if (option.type === 'boolean') {
      if (value !== undefined) throw new RangeError(`invalid --${name}; it takes no value: ${value}`);
    } else if (value === undefined || value === '' || value.startsWith('--')) {
      throw new RangeError(`invalid --${name}; a value is missing; see --help`);
    } else {
      check?.(name, value);
    }
  }
  return values;
}
