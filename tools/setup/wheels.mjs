// @ts-check
/** Fetches wheels from the Python package index into `.tensorflow/wheels`, each once. */
import fs from 'node:fs';
import path from 'node:path';
import { DamagedArchive, openArchive } from './archive.mjs';
import { pip } from './pip.mjs';
import { size } from './progress.mjs';
import { WHEEL_PYTHON } from './versions.mjs';

/** @typedef {import('./set-up.mjs').Setup} Setup */
/** @typedef {import('./progress.mjs').Line} Line */

/**
 * The wheel of a requirement: one that lies there whole (from a set-up that was interrupted, or put there by hand), else a new download.
 * @param {Setup} setup
 * @param {Line} line with a phase begun; told the bytes as they come
 * @param {string} requirement such as "tensorflow-cpu==2.21.0"
 * @returns {Promise<string>} its path
 */
export async function fetchWheel(setup, line, requirement) {
  const folder = wheelFolder(setup.checkout);
  const present = findWheel(folder, requirement);
  if (present) return present;
  const partial = path.join(setup.checkout.tensorflow, 'partial');
  fs.rmSync(partial, { recursive: true, force: true });
  fs.mkdirSync(partial, { recursive: true });
  const watch = setInterval(() => line.detail(size(bytesBelow(partial))), 1000);
  const options = [
    '--no-deps',
    '--only-binary=:all:',
    '--implementation',
    'cp',
    '--python-version',
    WHEEL_PYTHON,
  ];
  try {
    await pip(setup, ['download', ...options, '--dest', partial, requirement], requirement, partial);
  } finally {
    clearInterval(watch);
  }
  const [name] = fs.readdirSync(partial).filter((file) => file.endsWith('.whl'));
  fs.mkdirSync(folder, { recursive: true });
  fs.renameSync(path.join(partial, name), path.join(folder, name));
  fs.rmSync(partial, { recursive: true, force: true });
  return path.join(folder, name);
}

/** @param {import('./checkout.mjs').Checkout} checkout */
export function wheelFolder(checkout) {
  return path.join(checkout.tensorflow, 'wheels');
}

/**
 * A whole wheel of this requirement; damaged ones are removed.
 * @param {string} folder
 * @param {string} requirement
 * @returns {string | undefined}
 */
export function findWheel(folder, requirement) {
  const [, name, version] = requirement.match(/^([\w.-]+?)(?:==([\w.]+))?(?:[<>=!~].*)?$/) ?? [];
  if (!name || !fs.existsSync(folder)) return undefined;
  const prefix = `${name.replace(/[-_.]+/g, '_').toLowerCase()}-${version ? `${version}-` : ''}`;
  for (const file of fs.readdirSync(folder)) {
    if (!file.toLowerCase().startsWith(prefix) || !file.endsWith('.whl')) continue;
    const whole = path.join(folder, file);
    if (isWhole(whole)) return whole;
    fs.rmSync(whole);
  }
  return undefined;
}

/** @param {string} file */
function isWhole(file) {
  const archive = openArchive(file);
  try {
    return archive.contents().length > 0;
  } catch (error) {
    if (error instanceof DamagedArchive) return false;
    throw error;
  } finally {
    archive.close();
  }
}

/**
 * The requirements that an extra adds, from a wheel's METADATA (core metadata specification, Requires-Dist).
 * @param {string} metadata
 * @param {string} extra
 * @returns {string[]} such as "nvidia-nccl-cu12<3.0,>=2.27.7"
 */
export function requirementsOfExtra(metadata, extra) {
  return metadata.split('\n').flatMap((line) => {
    const [, requirement, marker] = line.match(/^Requires-Dist: ([^;]+);(.*)$/) ?? [];
    const named = marker?.match(/extra\s*==\s*["']([^"']+)["']/)?.[1];
    return named === extra ? [requirement.replace(/[\s()]/g, '')] : [];
  });
}

/** @param {string} folder */
function bytesBelow(folder) {
  let bytes = 0;
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const name = path.join(folder, entry.name);
    try {
      bytes += entry.isDirectory() ? bytesBelow(name) : fs.statSync(name).size;
    } catch {
      // gone since it was listed: pip moves its files about
    }
  }
  return bytes;
}
