import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { codeDigest, codeIn } from '../../lib/src/cluster/code';
import { temporaryFolder } from '../temporary-folder';

const LIBRARY = path.resolve(__dirname, '../../lib/src');

/** A checkout's `lib/src` with these files. */
function folderOf(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = path.join(temporaryFolder(t), 'lib', 'src');
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

const FILES = { 'index.ts': 'export {};\n', 'train/train.ts': '', 'train.js': '1;\n' };

test('code is every file of TypeScript or JavaScript below the folder, in the order of the names', (t) => {
  const others = { 'index.d.ts': 'declare', 'classes.json': '[]', 'built.json': '{}', 'train/notes.md': '' };
  assert.deepEqual(Object.entries(codeIn(folderOf(t, { ...others, ...FILES }))), [
    ['lib/src/index.ts', '8e609bb71c20'], // printf 'export {};\n' | sha256sum
    ['lib/src/train.js', '97a18ae8e28c'],
    ['lib/src/train/train.ts', 'e3b0c44298fc'], // of no bytes
  ]);
});

test('the same files are the same code, wherever they lie and in whatever order they were written', (t) => {
  const reversed = Object.fromEntries(Object.entries(FILES).reverse());
  const [one, two] = [FILES, reversed].map((files) => codeDigest(codeIn(folderOf(t, files))));
  assert.match(one, /^[0-9a-f]{64}$/);
  assert.equal(one, two);
});

for (const [what, files] of [
  ['one byte more', { ...FILES, 'index.ts': 'export {};\n\n' }],
  ['one file more', { ...FILES, 'new.ts': '' }],
  ['one file less', { 'index.ts': FILES['index.ts'], 'train/train.ts': '' }],
  ['another name', { 'index.ts': FILES['index.ts'], 'train/train.ts': '', 'trains.js': FILES['train.js'] }],
] as const) {
  test(`${what} is other code`, (t) => {
    assert.notEqual(codeDigest(codeIn(folderOf(t, files))), codeDigest(codeIn(folderOf(t, FILES))));
  });
}

test("the library's code is all of lib/src", () => {
  const code = codeIn(LIBRARY);
  assert.ok('lib/src/cluster/code.ts' in code);
  const sources = fs.readdirSync(LIBRARY, { recursive: true, encoding: 'utf8' });
  assert.equal(Object.keys(code).length, sources.filter((name) => name.endsWith('.ts')).length);
});
