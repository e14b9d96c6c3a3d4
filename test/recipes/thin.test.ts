/** Chapter 8's nets and trainings. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generatedImages } from '../../lib/src/data/generated-images';
import { countParameters } from '../../lib/src/model/layer-table';
import { articleChain } from '../../lib/src/recipes/article-chain';
import { THIN_IMAGES, thinArticleRecipe, thinOptions, thinRecipe } from '../../lib/src/recipes/thin';
import { train } from '../../lib/src/train/train';
import { withoutLeaks } from '../no-leaks';

const { train: images } = generatedImages({ train: 320, test: 10 });

/** Of a recipe's net: its parameters and how many convolutions of 3x3 it has, plus its dense layer. */
function built(recipe: ReturnType<typeof thinRecipe>) {
  const model = recipe.build(images, 1);
  const kernels = model.layers.flatMap((layer) => layer.weights.map(({ shape }) => shape));
  const deep = kernels.filter((shape) => shape.length === 4 && shape[0] === 3).length;
  const dense = kernels.filter((shape) => shape.length === 2).length;
  const trained = countParameters(model).trainable;
  const { optimizer, name } = model;
  model.dispose();
  optimizer.dispose();
  return { name, layers: deep + dense, trained };
}

test('a thin net has as many layers as its name says, and its twins as many weights', async () => {
  await withoutLeaks(() => {
    const [plain, twin] = [built(thinRecipe(20, 'none')), built(thinRecipe(20, 'A'))];
    assert.equal(plain.layers, 20);
    assert.deepEqual([twin.layers, twin.trained], [plain.layers, plain.trained]);
    assert.ok(plain.trained < 269_722 / 3.5, 'half of the width is about a quarter of the weights');
    const [b, c] = [built(thinRecipe(20, 'B')), built(thinRecipe(20, 'C'))];
    assert.equal(b.trained - twin.trained, 8 * 16 + 16 * 32 + 2 * (16 + 32)); // two projections and their norms
    assert.equal(
      c.trained - b.trained,
      3 * 8 * 8 + 2 * 16 * 16 + 2 * 32 * 32 + 2 * (3 * 8 + 2 * 16 + 2 * 32),
    );
  });
});

test("the article's chain is as deep, and its kinds differ in ReLUs alone", async () => {
  await withoutLeaks(() => {
    const [article, relu] = [built(thinArticleRecipe(20, false)), built(thinArticleRecipe(20, true))];
    assert.deepEqual([article.layers, relu.layers], [20, 20]);
    assert.equal(article.trained, relu.trained);
    const activations = [false, true].map((activation) => {
      const model = articleChain(20, { activation, images, seed: 1 });
      const relus = model.layers.filter((layer) => layer.getClassName() === 'ReLU').length;
      model.dispose();
      return relus;
    });
    assert.deepEqual(activations, [1 + 9 + 1, 1 + 9 + 9]); // stem, blocks, and one at the end or one a block
  });
});

test('two kinds of one seed see the same rates and measure the error on images that they are trained on', () => {
  const [plain, twin] = [thinRecipe(20, 'none'), thinRecipe(20, 'A')].map((recipe) =>
    thinOptions(recipe, images, { seed: 1, epochs: 4 }),
  );
  const rates = (options: typeof plain) => [0, 9, 10, 14, 15, 19].map((step) => options.schedule!(step));
  assert.deepEqual(rates(plain), rates(twin));
  assert.deepEqual(
    rates(plain).map((rate) => Number(rate.toFixed(6))),
    [0.1, 0.1, 0.01, 0.01, 0.001, 0.001], // twenty steps, five of 64 images an epoch
  );
  assert.equal(plain.validation, images); // fewer than there are to be measured on: all of them
  assert.ok(images.labels.length < THIN_IMAGES.measured);
  assert.equal(plain.augmentation, undefined);
});

test('a thin net trains, and leaves nothing behind', async () => {
  await withoutLeaks(async () => {
    const recipe = thinRecipe(8, 'A');
    const model = recipe.build(images, 1);
    const errors: number[] = [];
    for await (const record of train(model, images, thinOptions(recipe, images, { seed: 1, epochs: 2 }))) {
      if (record.kind === 'epoch') errors.push(1 - record.valAccuracy!);
    }
    assert.equal(errors.length, 2);
    assert.ok(errors[0] >= 0 && errors[0] <= 1);
    const { optimizer } = model;
    model.dispose();
    optimizer.dispose();
  });
});
