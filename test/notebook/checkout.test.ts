import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { checkoutRoot, codeVersion } from '../../lib/src/notebook/checkout';

function temporaryFolder(context: { after(fn: () => void): void }): string {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-checkout-')));
  context.after(() => fs.rmSync(folder, { recursive: true }));
  return folder;
}

test('the root is the folder above whose package.json has the workspace lib', (context) => {
  const root = temporaryFolder(context);
  const notebooks = path.join(root, 'lib', 'notebooks');
  fs.mkdirSync(notebooks, { recursive: true });
  fs.writeFileSync(path.join(root, 'package.json'), '{"workspaces": ["lib"]}');
  fs.writeFileSync(path.join(root, 'lib', 'package.json'), '{"name": "resnet-lab"}');
  fs.writeFileSync(path.join(notebooks, 'package.json'), 'not JSON');
  assert.equal(checkoutRoot(notebooks), root);
});

test('outside a checkout the root is the folder itself', (context) => {
  const folder = temporaryFolder(context);
  assert.equal(checkoutRoot(folder), folder);
});

test('the code version is the commit, marked when tracked files differ from it', (context) => {
  const root = temporaryFolder(context);
  const file = path.join(root, 'file.txt');
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      cwd: root,
      encoding: 'utf8',
    });
  git('init', '--quiet');
  fs.writeFileSync(file, 'one');
  git('add', '.');
  git('commit', '--quiet', '--no-gpg-sign', '-m', 'one');
  const commit = git('rev-parse', 'HEAD').trim();
  fs.writeFileSync(path.join(root, 'untracked.txt'), 'result');
  assert.equal(codeVersion(root), commit);
  fs.writeFileSync(file, 'two');
  assert.equal(codeVersion(root), `${commit}-dirty`);
});

test('without a repository the code version is null', (context) => {
  assert.equal(codeVersion(temporaryFolder(context)), null);
});
