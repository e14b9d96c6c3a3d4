/** `npm start` after set-up: runs the walkthrough and prints its result. */
import fs from 'node:fs';
import path from 'node:path';
import { describeSettings, settings } from '../../lib/src/notebook/settings';
import { HELP, parseArguments, type RunArguments } from './arguments';
import { duration } from './live-line';
import { prepareData } from './prepare-data';
import { failureText, resultText } from './result-text';
import { runNotebooks } from './run-all';

const ROOT = path.join(__dirname, '..', '..');

const EXIT = { finished: 0, failed: 1, interrupted: 130 } as const;
const WRONG_USE = 2;

async function main(argv: readonly string[]): Promise<number> {
  let chosen: RunArguments;
  let notebooks: string[];
  const environment: NodeJS.ProcessEnv = { ...process.env };
  try {
    chosen = parseArguments(argv, ROOT);
    if (chosen.help) {
      console.log(HELP);
      return 0;
    }
    Object.assign(environment, chosen.environment, { RESNET_LAB_OUT: chosen.outDirectory });
    const { CIFAR10_DIR } = environment;
    if (CIFAR10_DIR) environment.CIFAR10_DIR = path.resolve(ROOT, CIFAR10_DIR); // kernels run in the notebooks' folder
    notebooks = findNotebooks(chosen.notebooksDirectory, chosen.only);
    console.log(describeSettings(settings(environment, ROOT)));
  } catch (error) {
    console.error((error as Error).message);
    return WRONG_USE;
  }
  const stop = stopOnSignals();
  const start = Date.now();
  try {
    const dataSet = await prepareData(settings(environment, ROOT), { onMessage: console.log, signal: stop });
    const { record, runs, page } = await runNotebooks({
      notebooks,
      outDirectory: chosen.outDirectory,
      root: ROOT,
      environment: { ...environment, RESNET_LAB_DATA: dataSet.source },
      dataSet,
      timeoutSeconds: chosen.timeoutSeconds,
      signal: stop,
    });
    for (const run of runs) if (run.status === 'failed') console.error(`\n${failureText(run)}`);
    console.log(`\n${resultText(record, page, duration((Date.now() - start) / 1000))}`);
    return EXIT[record.status];
  } catch (error) {
    if (stop.aborted) return EXIT.interrupted;
    console.error((error as Error).message);
    return EXIT.failed;
  }
}

/** Ctrl-C and `kill` stop the run in order; a second one ends this process at once, and its kernel with it. */
function stopOnSignals(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT.interrupted);
      controller.abort(new Error('interrupted'));
    });
  }
  return controller.signal;
}

function findNotebooks(folder: string, only: readonly string[] | undefined): string[] {
  if (!fs.existsSync(folder)) throw new RangeError(`invalid --notebooks; no such directory: ${folder}`);
  const names = fs
    .readdirSync(folder)
    .filter((name) => /^\d\d-.*\.ipynb$/.test(name))
    .sort();
  if (names.length === 0)
    throw new RangeError(`invalid --notebooks; no notebook named like 01-name.ipynb in ${folder}`);
  const numbers = names.map((name) => name.slice(0, 2));
  const unknown = only?.find((number) => !numbers.includes(number));
  if (unknown)
    throw new RangeError(
      `invalid --only; no notebook has this number: ${unknown}; there are ${numbers.join(', ')}`,
    );
  return names.filter((_, i) => only?.includes(numbers[i]) ?? true).map((name) => path.join(folder, name));
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
