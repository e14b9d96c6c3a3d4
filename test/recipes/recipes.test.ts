import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generatedImages } from '../../lib/src/data/generated-images';
import { take } from '../../lib/src/data/take';
import { stepsOf } from '../../lib/src/recipes/recipe';
import { RECIPES, recipe } from '../../lib/src/recipes/recipes';
import type { StepRecord } from '../../lib/src/train/records';
import { train } from '../../lib/src/train/train';
import { withoutLeaks } from '../no-leaks';

const images = take(generatedImages({ train: 1100, test: 10 }).train, 1100);

for (const chosen of RECIPES) {
  test(`${chosen.name}: an epoch has as many steps as the schedule was made for, each at its rate`, async () => {
    await withoutLeaks(async () => {
      const epochs = 2;
      const steps = stepsOf(chosen, images.labels.length, epochs);
      const model = chosen.build(images, 1);
      const options = chosen.options(steps);
      const { batchSize, dropLast } = chosen;
      const records: StepRecord[] = [];
      for await (const record of train(model, images, { ...options, epochs, batchSize, dropLast, seed: 1 })) {
        if (record.kind === 'step') records.push(record);
        if (records.length === 2) break; // enough to see; whole epochs are `npm run train`'s affair
      }
      assert.equal(records[0].totalSteps, steps);
      const { schedule } = options;
      if (schedule)
        assert.deepEqual(
          records.map(({ rate }) => rate),
          records.map((_, step) => schedule(step)),
        );
      assert.ok(records.every(({ loss }) => loss > 0 && loss < 20));
      const { optimizer } = model;
      model.dispose();
      optimizer.dispose();
    });
  });
}

test('a schedule ends where the training does', () => {
  for (const { name, options } of RECIPES) {
    const steps = 1000;
    const { schedule } = options(steps);
    if (!schedule) continue;
    const rates = Array.from({ length: steps }, (_, step) => schedule(step));
    const peak = Math.max(...rates);
    assert.ok(rates[steps - 1] < peak / 10, `${name} ends at ${rates[steps - 1]}, of ${peak}`);
    assert.ok(schedule(steps + 5) <= rates[steps - 1], `${name} goes on`);
  }
});

test("ResNet-20 trains for the paper's 64,000 steps on the paper's 45,000 images", () => {
  const chosen = recipe('resnet20');
  const steps = stepsOf(chosen, 45_000, chosen.epochs);
  assert.ok(steps >= 64_000 && steps < 64_000 + 352, `${steps} steps`);
});

test('a recipe that is not there is refused with those that are', () => {
  assert.throws(() => recipe('keras'), {
    name: 'RangeError',
    message: `invalid recipe; not one of ${RECIPES.map(({ name }) => name).join(', ')}: keras`,
  });
});
