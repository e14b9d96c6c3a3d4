// @ts-check
/** Stamps: small JSON files, written last, that say what a finished part of the installation was made from. */
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/**
 * SHA-256 over names and contents, in the order given.
 * @param {string} root folder that the names are relative to
 * @param {readonly string[]} names
 */
export function hashOf(root, names) {
  const hash = crypto.createHash('sha256');
  for (const name of names) {
    const content = fs.readFileSync(path.join(root, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/**
 * All files below a folder, sorted, relative to `root`.
 * @param {string} root
 * @param {string} folder relative to `root`
 * @returns {string[]}
 */
export function filesBelow(root, folder) {
  return fs
    .readdirSync(path.join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const name = path.join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(root, name) : [name];
    })
    .sort();
}

/**
 * The stamp's fields; none where it is missing or half written.
 * @param {string} file
 * @returns {Record<string, any> | undefined}
 */
export function readStamp(file) {
  try {
    const value = JSON.parse(fs.readFileSync(file, 'utf8'));
    return value !== null && typeof value === 'object' ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Writes JSON beside its place and renames it there, so that no reader sees half of it.
 * @param {string} file
 * @param {object} fields
 */
export function writeStamp(file, fields) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const aside = `${file}.${process.pid}.tmp`;
  fs.writeFileSync(aside, `${JSON.stringify(fields, null, 2)}\n`);
  fs.renameSync(aside, file);
}

/**
 * Puts a finished folder in the place of another one, which is removed.
 * @param {string} made
 * @param {string} place
 */
export function replaceFolder(made, place) {
  const old = `${place}.old.tmp`;
  fs.rmSync(old, { recursive: true, force: true });
  if (fs.existsSync(place)) fs.renameSync(place, old);
  fs.renameSync(made, place);
  fs.rmSync(old, { recursive: true, force: true });
}
