/** Which code a worker runs, to be compared with the others'. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const DIGITS = 12; // of 64: enough to tell, and short in a sentence

/**
 * The TypeScript and JavaScript below a folder as it lies on disk: what git does not know of counts, and what it has but nobody runs
 * does not. 313 files, 1.2 MB, take 13 ms.
 *
 * @param folder absolute
 * @returns the sha256 of each file, its first 12 hexadecimal digits, by name and in its order. The folder's last two names stand in front:
 *   `lib/src/cluster/code.ts`
 */
export function codeIn(folder: string): Readonly<Record<string, string>> {
  const root = path.resolve(folder, '../..');
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(isCode).sort();
  return Object.fromEntries(
    files.map((name) => {
      const file = path.join(folder, name);
      return [path.relative(root, file), sha256(fs.readFileSync(file)).slice(0, DIGITS)];
    }),
  );
}

/** One digest of all of them: 64 hexadecimal digits. */
export function codeDigest(code: Readonly<Record<string, string>>): string {
  return sha256(JSON.stringify(code));
}

/** Declarations say what code there is; they are none. */
function isCode(name: string): boolean {
  return /\.(ts|js|mjs)$/.test(name) && !name.endsWith('.d.ts');
}

function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}
