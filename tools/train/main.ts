/** `npm run train`: one recipe, one seed, one run folder. */
import path from 'node:path';
import { Cluster } from '../../lib/src/cluster/cluster';
import { ClusterError } from '../../lib/src/cluster/cluster-error';
import { loadData } from '../../lib/src/data/load-data';
import { clockTime } from '../../lib/src/notebook/progress-bar';
import { runRecipe } from '../../lib/src/notebook/run-recipe';
import { outputDirectory } from '../../lib/src/notebook/settings';
import { describeDevice } from '../../lib/src/tensorflow/device';
import { exitAtOnce } from '../../lib/src/tensorflow/exit-at-once';
import { tensorBoard } from '../../lib/src/train/tensorboard';
import { HELP, parseArguments, type TrainArguments } from './arguments';
import { INTERRUPTED, type LocalOptions, runLocally } from './local';

const root = path.resolve(__dirname, '../..');

async function main(argv: readonly string[]): Promise<number> {
  const chosen = parseArguments(argv);
  if (!chosen) {
    console.log(HELP);
    return 0;
  }
  if (chosen.local !== undefined && chosen.local > 1) return runLocally(localOptions(argv, chosen.local));
  const cluster = chosen.cluster
    ? await Cluster.connect({ ...chosen.cluster, ...chosen.patience })
    : await Cluster.fromEnv(chosen.patience);
  try {
    await cluster?.agreeOnCode(__dirname);
    return await trainBy(chosen, cluster);
  } finally {
    await cluster?.leave();
  }
}

/** Every start after the first goes on from the last checkpoint, and so does the first where the user asks for it. */
function localOptions(argv: readonly string[], workers: number): LocalOptions {
  const own = argv.filter((arg, i) => !/^--local(=|$)/.test(arg) && argv[i - 1] !== '--local');
  const command = [process.execPath, '--import', 'tsx', __filename, ...own];
  return { workers, command, again: ['--resume'], cwd: root, onMessage: (message) => console.error(message) };
}

async function trainBy(chosen: TrainArguments, cluster: Cluster | undefined): Promise<number> {
  const { recipe, seed, name } = chosen;
  const data = await loadData({
    source: chosen.data,
    images: chosen.images,
    directory: path.join(root, 'data'),
  });
  const isFirst = cluster === undefined || cluster.index === 0;
  const say = (text: string) => isFirst && console.log(text);
  say(`${recipe.name}: ${recipe.description}`);
  const of = cluster ? `, ${cluster.size} workers` : '';
  say(`${data.name}, seed ${seed}${of}; ${describeDevice()}`);
  const runs = path.resolve(root, chosen.runs ?? path.join(outputDirectory(process.env, root), 'runs'));
  const end = await runRecipe(recipe, data, {
    ...{
      seed,
      epochs: chosen.epochs,
      compile: chosen.compile,
      run: name,
      runs,
      resume: chosen.resume,
      cluster,
    },
    observers: chosen.tensorboard ? [tensorBoard(path.join(runs, name, 'tensorboard'))] : [],
  });
  if (end.run) say(`run: ${path.relative(process.cwd(), end.run)}`);
  if (end.stopped !== 'finished') {
    say(`stopped; to go on: ${commandToGoOn(chosen)}`);
    return INTERRUPTED;
  }
  if (end.test) {
    const { accuracy, images } = end.test;
    say(
      `test accuracy ${(100 * accuracy).toFixed(2)} % of ${images.toLocaleString('en-US')} images, ` +
        `after ${clockTime(end.seconds)} of training`,
    );
  }
  return 0;
}

function commandToGoOn({ recipe, seed, epochs, data, images, compile, name, runs }: TrainArguments): string {
  const { mixedPrecision, xla } = compile ?? {};
  const values = { recipe: recipe.name, seed, epochs, data, limit: images, name, runs };
  const options = Object.entries({ ...values, 'mixed-precision': mixedPrecision, xla })
    .filter(([, value]) => value !== undefined)
    .map(([option, value]) => (value === true ? `--${option}` : `--${option} ${value}`));
  return `npm run train -- ${options.join(' ')} --resume`;
}

main(process.argv.slice(2)).then(
  (code) => exitAtOnce(code), // TensorFlow's server of a cluster does not end
  (error: Error) => {
    console.error(error.message);
    exitAtOnce(error instanceof ClusterError ? error.exitCode : 1);
  },
);
