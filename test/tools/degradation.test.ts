import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { generatedImages } from '../../lib/src/data/generated-images';
import { thinRecipe } from '../../lib/src/recipes/thin';
import { loadRuns } from '../../lib/src/train/run-folder';
import { DEGRADATION_RUNS, record } from '../../tools/degradation';
import { withoutLeaks } from '../no-leaks';
import { temporaryFolder } from '../temporary-folder';

/** Last training errors of a recipe's runs on record, 0..1, by seed. */
async function errorsOf(recipe: string): Promise<Map<number, number>> {
  const runs = (await loadRuns(DEGRADATION_RUNS)).filter(({ config }) => config.title === recipe);
  return new Map(
    runs.map(({ config, epochs }) => [config.options.seed, 1 - epochs.at(-1)!.valAccuracy!] as const),
  );
}

test('a recorded run has its configuration and every epoch, and names no place on this machine', async () => {
  const runs = temporaryFolder({ after });
  const data = generatedImages({ train: 320, test: 10 });
  await withoutLeaks(async () => {
    const error = await record(thinRecipe(8, 'none'), data, 2, runs, { images: 260, epochs: 2 });
    const [run] = await loadRuns(runs);
    assert.equal(run.name, 'thin-plain8-s2');
    assert.equal(run.config.title, 'thin-plain8');
    assert.equal(run.config.options.seed, 2);
    assert.equal(run.config.data.trainImages, 260);
    assert.equal(run.result?.stopped, 'finished');
    assert.deepEqual(
      run.epochs.map(({ epoch, step }) => [epoch, step]),
      [
        [1, 5],
        [2, 10],
      ],
    );
    assert.equal(error, 1 - run.epochs[1].valAccuracy!);
    for (const file of ['run.json', 'result.json'])
      assert.ok(!fs.readFileSync(path.join(runs, run.name, file), 'utf8').includes(runs));
    await assert.rejects(
      () => record(thinRecipe(8, 'none'), data, 2, runs, { images: 260, epochs: 2 }),
      /name is taken/,
    );
  });
});

test('on record the deeper plain net fits its training images worse, from every seed, and shortcuts cure that', async () => {
  const [plain20, plain56, twin56] = await Promise.all(
    ['thin-plain20', 'thin-plain56', 'thin-resnet56A'].map(errorsOf),
  );
  assert.deepEqual([...plain56.keys()].sort(), [1, 2, 3]);
  for (const [seed, error] of plain56) {
    assert.ok(error > plain20.get(seed)! + 0.05, `seed ${seed}: ${plain20.get(seed)} and ${error}`);
    assert.ok(error > twin56.get(seed)! + 0.05, `seed ${seed}: ${twin56.get(seed)} and ${error}`);
  }
});
