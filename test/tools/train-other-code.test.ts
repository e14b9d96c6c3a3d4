/** `npm run train` in a cluster of which one worker runs from another checkout: real processes, real copies. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { EXIT_CODES } from '../../lib/src/cluster/cluster-error';
import { freeHosts } from '../../tools/free-ports';
import { temporaryFolder } from '../temporary-folder';

const CHECKOUT = path.resolve(__dirname, '../..');
const COPIED = ['package.json', 'tsconfig.json', 'lib/package.json', 'lib/src', 'tools'];
const SHARED = ['node_modules', '.tensorflow'];

/** Another checkout with the same installation, and without git. */
function copyOfCheckout(t: TestContext): string {
  const root = temporaryFolder(t);
  for (const name of COPIED) fs.cpSync(path.join(CHECKOUT, name), path.join(root, name), { recursive: true });
  for (const name of SHARED) fs.symlinkSync(path.join(CHECKOUT, name), path.join(root, name));
  return root;
}

/** Worker 0 runs from the first checkout, and so on. Their exit codes, and what they printed. */
async function trainFrom(t: TestContext, checkouts: readonly string[]) {
  const hosts = await freeHosts(checkouts.length);
  const runs = temporaryFolder(t);
  const options = `--recipe article --data generated --limit 160 --epochs 1 --silence-seconds 20 --runs ${runs}`;
  return Promise.all(
    checkouts.map(async (cwd, index) => {
      const args = [...options.split(' '), '--hosts', hosts.join(','), '--index', String(index)];
      const child = spawn(process.execPath, ['--import', 'tsx', 'tools/train/main.ts', ...args], {
        cwd,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      t.after(() => child.kill('SIGKILL'));
      let text = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (part) => {
          text += part;
        });
      }
      const [code] = await once(child, 'close');
      return { code, text };
    }),
  );
}

for (const changed of ['lib/src/optimizers/sgd.ts', 'tools/train/main.ts']) {
  test(`one line more in ${changed} of worker 1, in no commit: both end with 78, and name file and worker`, async (t) => {
    const copy = copyOfCheckout(t);
    fs.appendFileSync(path.join(copy, changed), '// a change\n');
    const sentence = new RegExp(
      `^cannot train together; the code must be the same: ${changed} is "[0-9a-f]{12}" on worker 0 ` +
        'and "[0-9a-f]{12}" on worker 1; start the same program',
      'm',
    );
    for (const { code, text } of await trainFrom(t, [CHECKOUT, copy])) {
      assert.equal(code, EXIT_CODES.disagreement, text);
      assert.match(text, sentence);
    }
  });
}

test('a file that worker 2 has and the others have not is named, on all of them', async (t) => {
  const copy = copyOfCheckout(t);
  fs.writeFileSync(path.join(copy, 'lib/src/recipes/mine.ts'), 'export {};\n');
  const sentence =
    /the code must be the same: lib\/src\/recipes\/mine\.ts is none on worker 0 and ".*" on worker 2/;
  for (const { code, text } of await trainFrom(t, [CHECKOUT, CHECKOUT, copy])) {
    assert.equal(code, EXIT_CODES.disagreement, text);
    assert.match(text, sentence);
  }
});

test('the same code in another place, without git, trains with the rest', async (t) => {
  const [zero, one] = await trainFrom(t, [CHECKOUT, copyOfCheckout(t)]);
  assert.deepEqual([zero.code, one.code], [0, 0], zero.text + one.text);
  assert.match(zero.text, /2 workers/);
});
