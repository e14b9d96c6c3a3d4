import path from 'node:path';
import { isDirectory } from './cifar-binary';
import { CIFAR10_FOLDER, readCifar10 } from './cifar10';
import { CIFAR100_FOLDER, readCifar100 } from './cifar100';
import { downloadCifar } from './download';
import type { DownloadProgress } from './fetch-to-file';
import { generatedImages } from './generated-images';
import type { DataSet, DataSource } from './split';
import { take } from './take';

export interface LoadDataOptions {
  /** Which set; `'auto'` is CIFAR-10 where it can be had, else the generated images. */
  readonly source: 'auto' | DataSource;
  /** Where the sets lie and downloads go: the checkout's `data/`. */
  readonly directory: string;
  /** At most so many training images, evenly over the classes; the test images are limited in proportion (but to no less than ten a class). */
  readonly images?: number;
  /** Seed of the generated images; default 1. */
  readonly seed?: number;
  /** Gets one sentence for everything a reader should know: which set, from where, why not another, how far a download is. */
  readonly onMessage?: (message: string) => void;
  readonly signal?: AbortSignal;
  /** `CIFAR10_DIR` names a folder with CIFAR-10; default `process.env`. */
  readonly environment?: { readonly CIFAR10_DIR?: string };
  /** Default {@link downloadCifar}. */
  readonly download?: typeof downloadCifar;
}

/**
 * Finds a data set: CIFAR-10 from `CIFAR10_DIR`, else from `directory`, else by download; with `'auto'` the generated
 * images where the download gives up, which `onMessage` is told together with the reason.
 *
 * @throws Error when a folder that is there, or that `CIFAR10_DIR` names, does not hold a good copy, and when a download that
 *   was asked for by name fails
 * @throws RangeError when `images` is not a positive integer
 * @throws the signal's reason once it aborts
 */
export async function loadData(options: LoadDataOptions): Promise<DataSet> {
  const { images, onMessage = () => {} } = options;
  if (images !== undefined && (!Number.isInteger(images) || images <= 0)) {
    throw new RangeError(`invalid images; not a positive integer: ${images}`);
  }
  const { data, from } = await find(options);
  const limited = images === undefined ? data : limit(data, images);
  onMessage(`${describe(limited)}, ${from}`);
  return limited;
}

interface Found {
  readonly data: DataSet;
  /** Completes the sentence that names the set. */
  readonly from: string;
}

async function find(options: LoadDataOptions): Promise<Found> {
  const { source } = options;
  switch (source) {
    case 'generated':
      return generated(options, 'drawn by resnet-lab');
    case 'cifar10':
      return (await cifar10Here(options)) ?? downloaded('cifar10', options);
    case 'cifar100': {
      const folder = path.join(options.directory, CIFAR100_FOLDER);
      if (isDirectory(folder)) return { data: readCifar100(folder), from: `read from ${folder}` };
      return downloaded('cifar100', options);
    }
    case 'auto':
      return (await cifar10Here(options)) ?? downloadedOrGenerated(options);
    default:
      throw new RangeError(`invalid source; not auto, cifar10, cifar100 or generated: ${source}`);
  }
}

/** CIFAR-10 on this machine; undefined where nobody put it. What is there but broken is an error. */
async function cifar10Here({
  directory,
  environment = process.env,
}: LoadDataOptions): Promise<Found | undefined> {
  const named = environment.CIFAR10_DIR;
  if (named) {
    try {
      return { data: readCifar10(named), from: `read from ${named} (CIFAR10_DIR)` };
    } catch (error) {
      throw new Error(`invalid CIFAR10_DIR; ${(error as Error).message}`, { cause: error });
    }
  }
  const folder = path.join(directory, CIFAR10_FOLDER);
  return isDirectory(folder) ? { data: readCifar10(folder), from: `read from ${folder}` } : undefined;
}

async function downloaded(which: 'cifar10' | 'cifar100', options: LoadDataOptions): Promise<Found> {
  const { directory, onMessage = () => {}, signal, download = downloadCifar } = options;
  const folder = await download(which, directory, { onProgress: announcer(which, onMessage), signal });
  const read = which === 'cifar10' ? readCifar10 : readCifar100;
  return { data: read(folder), from: `downloaded to ${folder}` };
}

async function downloadedOrGenerated(options: LoadDataOptions): Promise<Found> {
  try {
    return await downloaded('cifar10', options);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    return generated(
      options,
      `used because CIFAR-10 is not here: ${(error as Error).message}, or "npm run data", which knows another source, or set CIFAR10_DIR`,
    );
  }
}

function generated({ images = Number.POSITIVE_INFINITY, seed }: LoadDataOptions, from: string): Found {
  const whole = { train: 10_000, test: 2_000 };
  const train = Math.min(images, whole.train);
  return { data: generatedImages({ seed, train, test: testImages(train, whole, 10) }), from };
}

function limit(data: DataSet, images: number): DataSet {
  const whole = { train: data.train.labels.length, test: data.test.labels.length };
  if (images >= whole.train) return data;
  const test = testImages(images, whole, data.test.classNames.length);
  return { ...data, train: take(data.train, images), test: take(data.test, test) };
}

function testImages(train: number, whole: { train: number; test: number }, classes: number): number {
  const inProportion = Math.round((train / whole.train) * whole.test);
  return Math.min(whole.test, Math.max(10 * classes, inProportion));
}

function describe({ name, train, test }: DataSet): string {
  const count = (n: number) => n.toLocaleString('en-US');
  return `${name}: ${count(train.labels.length)} training and ${count(test.labels.length)} test images`;
}

/** One sentence for every tenth of a download. */
function announcer(which: 'cifar10' | 'cifar100', onMessage: (message: string) => void) {
  const name = which === 'cifar10' ? 'CIFAR-10' : 'CIFAR-100';
  let told = -1;
  return ({ bytes, totalBytes, bytesPerSecond }: DownloadProgress) => {
    const tenth = Math.floor((10 * bytes) / totalBytes);
    if (tenth === told) return;
    told = tenth;
    const megabytes = (n: number) => (n / 1e6).toFixed(n < 1e7 ? 1 : 0);
    onMessage(
      `downloading ${name}: ${megabytes(bytes)} of ${megabytes(totalBytes)} MB, ${megabytes(bytesPerSecond)} MB/s`,
    );
  };
}
