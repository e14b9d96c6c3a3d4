/** Where the checkout is that the code runs in, and which version of the code it holds. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/**
 * The root of the checkout: the nearest folder from `start` upwards whose `package.json` has the workspace `lib`; `start`
 * itself where there is none.
 */
export function checkoutRoot(start = process.cwd()): string {
  for (let folder = path.resolve(start); ; folder = path.dirname(folder)) {
    if (hasLibWorkspace(path.join(folder, 'package.json'))) return folder;
    if (folder === path.dirname(folder)) return path.resolve(start);
  }
}

/**
 * The commit that is checked out, e.g. `"1f3c…"` in 40 digits, with `-dirty` when tracked files differ from it; null where
 * git does not tell.
 */
export function codeVersion(root = checkoutRoot()): string | null {
  try {
    const commit = git(root, 'rev-parse', 'HEAD');
    return git(root, 'status', '--porcelain', '--untracked-files=no') === '' ? commit : `${commit}-dirty`;
  } catch {
    return null; // no git, or no repository
  }
}

function git(root: string, ...args: string[]): string {
  const output = execFileSync('git', args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 10_000, // milliseconds
  });
  return output.trim();
}

function hasLibWorkspace(file: string): boolean {
  try {
    const { workspaces } = JSON.parse(fs.readFileSync(file, 'utf8')) as { workspaces?: unknown };
    return Array.isArray(workspaces) && workspaces.includes('lib');
  } catch {
    return false; // no such file, or another's
  }
}
