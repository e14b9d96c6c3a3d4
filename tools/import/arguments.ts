/** The command line of `npm run import`. */
import { knownNames, sourceOf } from '../../lib/src/weights/known-nets';
import { integerIn, readOptions } from '../read-options';

export interface ImportArguments {
  readonly file: string;
  /** Of the net, its makers'. */
  readonly as: string;
  readonly classes?: number;
  /** Undefined: `out/models/NAME`. */
  readonly out?: string;
}

export const HELP = `Makes a model of a file of weights that torchvision, timm or Keras wrote, and leaves it in out/models/.

  npm run import -- FILE --as NAME [options]

  FILE                 .safetensors of torchvision or timm; .h5, .weights.h5 or .keras of Keras
  --as NAME            which net it is: of PyTorch's ${knownNames('torch').join(', ')};
                       of Keras's ${knownNames('keras').join(', ')}
  --classes N          of the net; default 1000, ImageNet's
  --out DIRECTORY      where the model goes; default out/models/NAME
  --help

The model is in TensorFlow.js's layers format, for Node and for browsers; card.json beside it says what images the net wants.`;

const OPTIONS = {
  as: { type: 'string' },
  classes: { type: 'string' },
  out: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/**
 * Reads the command line.
 *
 * @returns undefined when only the help was asked for
 * @throws RangeError naming the argument at fault and what is valid there
 */
export function parseArguments(argv: readonly string[]): ImportArguments | undefined {
  const [first = ''] = argv;
  const named = first !== '' && !first.startsWith('-');
  const values = readOptions(named ? argv.slice(1) : argv, OPTIONS);
  if (values.help === true) return undefined;
  if (!named) throw new RangeError('missing FILE; npm run import -- FILE --as NAME; see --help');
  const source = sourceOf(first);
  const { as, classes, out } = values as Partial<Record<'as' | 'classes' | 'out', string>>;
  const names = knownNames(source);
  if (as === undefined) throw new RangeError(`missing --as; one of ${names.join(', ')}; see --help`);
  if (!names.includes(as)) throw new RangeError(`invalid --as; not one of ${names.join(', ')}: ${as}`);
  const count = classes === undefined ? undefined : integerIn(classes, 2);
  if (classes !== undefined && count === undefined) {
    throw new RangeError(`invalid --classes; not an integer of at least 2: ${classes}`);
  }
  return { file: first, as, classes: count, out };
}
