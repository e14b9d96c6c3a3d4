import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate } from '../../lib/src/evaluate/evaluate';
import { classificationOf } from '../../lib/src/plot/classification';
import { confusionMatrix } from '../../lib/src/plot/confusion-matrix';
import { montage } from '../../lib/src/plot/hover-picture';
import { pixelsOf } from '../../lib/src/plot/pixels';
import { pngUrl } from '../../lib/src/plot/png';
import { checkedSvg, count, rowsOf, textsOf } from './checked-svg';
import { smallPredictions } from './small-data';

test('rows are true classes, columns predicted ones, and each cell has its count and its share of the row', async () => {
  const evaluation = evaluate(smallPredictions());
  const spec = confusionMatrix(evaluation);
  const cell = (t: string, p: string) => rowsOf(spec).find((row) => row.true === t && row.predicted === p);
  assert.deepEqual(cell('cat', 'cat'), { true: 'cat', predicted: 'cat', images: 2, share: 1 });
  assert.deepEqual(cell('dog', 'a < b & c'), { true: 'dog', predicted: 'a < b & c', images: 1, share: 0.5 });
  assert.equal(cell('cat', 'dog')?.share, 0);
  const svg = await checkedSvg(spec);
  assert.equal(count(svg, /aria-roledescription="rect mark"/g), 9);
  assert.deepEqual(
    textsOf(svg).filter((text) => /^\d+$/.test(text)),
    ['2', '1', '1', '1', '1'],
  ); // none where it is 0
  assert.ok(textsOf(svg).includes('Confusion on six test images'));
  assert.ok(textsOf(svg).includes('66.7 % of 6 images are right: the diagonal'));
  assert.deepEqual(evaluation, evaluate(smallPredictions()));
});

test('a hundred classes have cells without text, and every name', async () => {
  const classNames = Array.from({ length: 100 }, (_, i) => `class ${i}`);
  const confusion = classNames.map((_, t) =>
    classNames.map((_, p) => (t === p ? 9 : (t + p) % 50 === 0 ? 1 : 0)),
  );
  const evaluation = { classNames, confusion, splitName: 'many', accuracy: 0.8, images: 1000 };
  const svg = await checkedSvg(confusionMatrix(evaluation));
  const texts = textsOf(svg);
  for (const name of classNames) assert.equal(texts.filter((text) => text === name).length, 2, name);
  assert.equal(texts.filter((text) => /^\d+$/.test(text)).length, 0);
  assert.ok(svg.length < 300_000, `${svg.length} bytes`);
});

test('classes without any image have a row of zeros', async () => {
  const evaluation = {
    classNames: ['a', 'b'],
    confusion: [
      [3, 0],
      [0, 0],
    ],
    splitName: 's',
    accuracy: 1,
    images: 3,
  };
  await checkedSvg(confusionMatrix(evaluation));
  assert.deepEqual(
    rowsOf(confusionMatrix(evaluation)).map(({ share }) => share),
    [1, 0, 0, 0],
  );
});

test('a confusion of another size than the classes is refused', () => {
  const evaluation = {
    classNames: ['a', 'b'],
    confusion: [[3, 0], [0]],
    splitName: 's',
    accuracy: 1,
    images: 3,
  };
  assert.throws(() => confusionMatrix(evaluation), {
    name: 'TypeError',
    message: 'invalid confusion; not [2, 2], a row and a column a class: 1',
  });
});

test('a cell can show the images that it counts, those first in which the net was surest', async () => {
  const predictions = smallPredictions();
  const images = predictions.labels.length;
  const split = {
    ...{ name: predictions.splitName, classNames: predictions.classNames, labels: predictions.labels },
    ...{
      images: Uint8Array.from({ length: images * 12 }, (_, i) => 20 * Math.floor(i / 12)),
      imageShape: [2, 2, 3] as const,
    },
  };
  const spec = confusionMatrix(evaluate(predictions), { examples: { split, predictions } });
  const cell = (t: string, p: string) => rowsOf(spec).find((row) => row.true === t && row.predicted === p)!;
  const surest = [0, 1, 2, 3, 4, 5]
    .map((index) => ({ index, ...classificationOf(predictions, index) }))
    .filter(({ trueClass, predictedClass }) => trueClass === 'cat' && predictedClass === 'cat')
    .sort((a, b) => b.confidence - a.confidence);
  assert.equal(surest.length, 2);
  const pixels = surest.map(({ index }) => pixelsOf(split, index));
  assert.equal(cell('cat', 'cat').picture, pngUrl(montage(pixels, 2), 2));
  assert.equal(cell('cat', 'dog').picture, '');
  await checkedSvg(spec);
  const others = { ...predictions, labels: predictions.labels.map(() => 0) };
  assert.throws(() => confusionMatrix(evaluate(predictions), { examples: { split, predictions: others } }), {
    name: 'TypeError',
    message: /must be of the same images in the same order/,
  });
});
