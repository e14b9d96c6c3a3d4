/** `npm run train`: one recipe, one seed, one run folder. */
import path from 'node:path';
import { loadData } from '../../lib/src/data/load-data';
import { clockTime } from '../../lib/src/notebook/progress-bar';
import { runRecipe } from '../../lib/src/notebook/run-recipe';
import { outputDirectory } from '../../lib/src/notebook/settings';
import { describeDevice } from '../../lib/src/tensorflow/device';
import { tensorBoard } from '../../lib/src/train/tensorboard';
import { HELP, parseArguments, type TrainArguments } from './arguments';

const root = path.resolve(__dirname, '../..');
const INTERRUPTED = 130; // as a shell reports a program that Ctrl-C ended

async function main(argv: readonly string[]): Promise<number> {
  const chosen = parseArguments(argv);
  if (!chosen) {
    console.log(HELP);
    return 0;
  }
  const { recipe, seed, name } = chosen;
  const data = await loadData({
    source: chosen.data,
    images: chosen.images,
    directory: path.join(root, 'data'),
  });
  console.log(`${recipe.name}: ${recipe.description}`);
  console.log(`${data.name}, seed ${seed}; ${describeDevice()}`);
  const runs = path.resolve(root, chosen.runs ?? path.join(outputDirectory(process.env, root), 'runs'));
  const end = await runRecipe(recipe, data, {
    ...{ seed, epochs: chosen.epochs, run: name, runs, resume: chosen.resume },
    observers: chosen.tensorboard ? [tensorBoard(path.join(runs, name, 'tensorboard'))] : [],
  });
  console.log(`run: ${path.relative(process.cwd(), end.run!)}`);
  if (end.stopped !== 'finished') {
    console.log(`stopped; to go on: ${commandToGoOn(chosen)}`);
    return INTERRUPTED;
  }
  const { accuracy, images } = end.test!;
  console.log(
    `test accuracy ${(100 * accuracy).toFixed(2)} % of ${images.toLocaleString('en-US')} images, ` +
      `after ${clockTime(end.seconds)} of training`,
  );
  return 0;
}

function commandToGoOn({ recipe, seed, epochs, data, images, name, runs }: TrainArguments): string {
  const options = Object.entries({ recipe: recipe.name, seed, epochs, data, limit: images, name, runs })
    .filter(([, value]) => value !== undefined)
    .map(([option, value]) => `--${option} ${value}`);
  return `npm run train -- ${options.join(' ')} --resume`;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
