// @ts-check
import fs from 'node:fs';
import path from 'node:path';

/**
 * Whether the walkthrough would train on CIFAR-10, and nobody has put it where it looks. The notebooks know one source only, the
 * authors' server; `npm run data` knows another.
 *
 * @param {readonly string[]} options those of `npm start`
 * @param {NodeJS.ProcessEnv} environment
 * @param {string} root the checkout's folder
 */
export function wantsCifar10(options, environment, root) {
  if (options.includes('--fast') || options.includes('--help')) return false;
  if (environment.CIFAR10_DIR || fs.existsSync(path.join(root, 'data', 'cifar-10-batches-bin'))) return false;
  const at = options.map((option) => /^--data(=|$)/.test(option)).lastIndexOf(true);
  const [, told] = (options[at] ?? '').split('=');
  const data = at < 0 ? environment.RESNET_LAB_DATA || 'auto' : (told ?? options[at + 1]);
  return data === 'auto' || data === 'cifar10';
}
