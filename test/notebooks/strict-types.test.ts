import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readNotebook } from '../../tools/run-notebooks/notebook-file';
import { code, planted } from '../tools/planted-notebooks';
import { typeErrors } from './notebook-module';

const FOLDER = path.join(__dirname, '..', '..', 'notebooks');

test('the code of every notebook passes the strict type check', () => {
  const names = fs.readdirSync(FOLDER).filter((name) => name.endsWith('.ipynb'));
  assert.ok(names.length >= 7, `found ${names.length} notebooks`);
  const notebooks = names.map((name) => [
    path.basename(name, '.ipynb'),
    readNotebook(path.join(FOLDER, name)),
  ]);
  assert.deepEqual(typeErrors(Object.fromEntries(notebooks)), []);
});

test('an error that only the strict check finds is told with notebook, cell and line', () => {
  const notebook = planted(
    `const first: string | undefined = ['a'].find((text) => text === 'b');`,
    `console.log('fine');\nconsole.log(first.length);`,
    `function untyped(x) { return x; }`,
    'await Promise.resolve(untyped);',
  );
  assert.deepEqual(typeErrors({ '09-planted': notebook }), [
    "09-planted, cell 2, line 2: 'first' is possibly 'undefined'.",
    "09-planted, cell 3, line 1: Parameter 'x' implicitly has an 'any' type.",
  ]);
});

test('a cell that fails on purpose may have a type error', () => {
  const notebook = planted(code(`const n: number = 'x';`, 'raises-exception'), '1');
  assert.deepEqual(typeErrors({ '09-planted': notebook }), []);
});

test('a cell sees what the cells before it declare, with the type that was written', () => {
  const notebook = planted(
    `import { EOL, type UserInfo } from 'node:os';\nconst answer: number | undefined = undefined;`,
    `type Pair = [number, string];\nexport const [first, { second }] = [1, { second: EOL }];`,
    `const pair: Pair = [first, second];\nfunction twice(n: number) { return 2 * n; }`,
    `const pair = 'declared anew';\ntwice(answer);`,
    `pair.toUpperCase(); let user: UserInfo<string>; twice(1);`,
  );
  assert.deepEqual(typeErrors({ '09-planted': notebook }), [
    "09-planted, cell 4, line 2: Argument of type 'number | undefined' is not assignable to parameter of type 'number'.\n" +
      "  Type 'undefined' is not assignable to type 'number'.",
  ]);
});
