// @ts-check
/** The data sets, and the browser that some tests need. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { broken, ok, optional } from './finding.mjs';

/** @typedef {import('./finding.mjs').Finding} Finding */

const CIFAR10_FILES = [
  'data_batch_1.bin',
  'data_batch_2.bin',
  'data_batch_3.bin',
  'data_batch_4.bin',
  'data_batch_5.bin',
  'test_batch.bin',
];
const CIFAR10_BYTES = 10_000 * (1 + 32 * 32 * 3); // a label and an image, ten thousand times
const CIFAR100_BYTES = { 'train.bin': 50_000 * (2 + 32 * 32 * 3), 'test.bin': 10_000 * (2 + 32 * 32 * 3) };
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * @param {import('../setup/set-up.mjs').State} state
 * @returns {Finding[]}
 */
export function examineData({ checkout: { root } }) {
  return [cifar10(root, process.env), cifar100(root), chromium(process.env)];
}

/**
 * @param {string} root the checkout's folder
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Finding}
 */
export function cifar10(root, environment) {
  const sizes = Object.fromEntries(CIFAR10_FILES.map((name) => [name, CIFAR10_BYTES]));
  const named = environment.CIFAR10_DIR; // empty counts as not set, as in loadData
  const folder = named || path.join('data', 'cifar-10-batches-bin');
  const wrong = firstWrong(path.resolve(root, folder), sizes);
  if (wrong === undefined) return ok('CIFAR-10', folder);
  if (named)
    return broken(
      'CIFAR-10',
      `CIFAR10_DIR=${named}: ${wrong}`,
      'name the folder of the six .bin files, or unset it',
    );
  return fs.existsSync(path.join(root, folder))
    ? broken('CIFAR-10', `${folder}: ${wrong}`, 'remove that folder; the notebooks fetch it again')
    : optional(
        'CIFAR-10',
        `no ${folder}`,
        'the notebooks fetch it, or use generated images; CIFAR10_DIR names a copy elsewhere',
      );
}

/**
 * @param {string} root the checkout's folder
 * @returns {Finding}
 */
export function cifar100(root) {
  const folder = path.join('data', 'cifar-100-binary');
  const wrong = firstWrong(path.join(root, folder), CIFAR100_BYTES);
  if (wrong === undefined) return ok('CIFAR-100', folder);
  return fs.existsSync(path.join(root, folder))
    ? broken(
        'CIFAR-100',
        `${folder}: ${wrong}`,
        'remove that folder; it is fetched again when it is asked for',
      )
    : optional('CIFAR-100', `no ${folder}`, 'the walkthrough does not need it');
}

/**
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Finding}
 */
export function chromium(environment) {
  const name = 'Chromium';
  for (const command of environment.CHROMIUM ? [environment.CHROMIUM] : BROWSERS) {
    const { status, stdout } = spawnSync(command, ['--version'], {
      env: environment,
      encoding: 'utf8',
      timeout: 20_000,
    });
    if (status === 0) return ok(name, stdout.trim().split('\n')[0]);
  }
  return environment.CHROMIUM
    ? broken(
        name,
        `CHROMIUM=${environment.CHROMIUM} does not start`,
        'name a Chromium or Chrome that does, or unset it',
      )
    : optional(name, 'not found', 'the browser tests are skipped; install it, or name one with CHROMIUM');
}

/**
 * @param {string} folder
 * @param {Record<string, number>} sizes file name -> bytes
 * @returns {string | undefined} what is wrong with the first file that is not as it should be
 */
function firstWrong(folder, sizes) {
  for (const [name, bytes] of Object.entries(sizes)) {
    const stat = fs.statSync(path.join(folder, name), { throwIfNoEntry: false });
    if (!stat) return `no ${name}`;
    if (stat.size !== bytes) return `${name} has ${stat.size} bytes and not ${bytes}`;
  }
  return undefined;
}
