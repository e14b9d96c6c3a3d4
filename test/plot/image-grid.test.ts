import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imageGrid } from '../../lib/src/plot/image-grid';
import { pixelsOf } from '../../lib/src/plot/pixels';
import { pngUrl } from '../../lib/src/plot/png';
import { COLOURS } from '../../lib/src/plot/theme';
import { checkedSvg, count, rowsOf, textsOf } from './checked-svg';
import { smallPredictions, smallSplit } from './small-data';

test('an image grid names the data set and the class of every image', async () => {
  const svg = await checkedSvg(imageGrid(smallSplit(), [0, 5, 2, 1], { columns: 2 }));
  assert.deepEqual(textsOf(svg), ['cat', 'a &lt; b &amp; c', 'a &lt; b &amp; c', 'dog', 'six test images']);
  assert.equal(count(svg, /<image /g), 4);
  assert.equal(count(svg, /<image [^>]*width="15" height="12"/g), 4); // 5x4 pixels, three times as large
});

test('the images in the SVG are those of the split, in the order asked for', async () => {
  const split = smallSplit();
  const svg = await checkedSvg(imageGrid(split, [4, 0], { scale: 2 }));
  const urls = [...svg.matchAll(/xlink:href="([^"]*)"/g)].map((match) => match[1]);
  assert.deepEqual(urls, [pngUrl(pixelsOf(split, 4), 2), pngUrl(pixelsOf(split, 0), 2)]);
  assert.equal(count(svg, /data:image/g), 2); // not a second time in a label for screen readers
});

test('with predictions an image shows the predicted class, its probability, the true class and which is right', async () => {
  const spec = imageGrid(smallSplit(), [0, 2, 3, 4, 5], { predictions: smallPredictions() });
  const svg = await checkedSvg(spec);
  const texts = textsOf(svg);
  for (const caption of [
    'cat 70 %',
    'cat 50 %',
    'cat 100 %',
    'a &lt; b &amp; c &gt;99 %',
    'a &lt; b &amp; c 80 %',
  ]) {
    assert.ok(texts.includes(caption), caption);
  }
  assert.deepEqual(
    texts.filter((text) => text.startsWith('true: ')),
    ['true: cat', 'true: a &lt; b &amp; c', 'true: cat', 'true: dog', 'true: a &lt; b &amp; c'],
  );
  assert.ok(texts.includes('predicted class and its probability; 3 of 5 right'));
  assert.deepEqual(
    rowsOf(spec).map(({ verdict }) => verdict),
    ['right', 'wrong', 'right', 'wrong', 'right'],
  );
  assert.equal(count(svg, new RegExp(`<text[^>]*fill="${COLOURS.right}"`, 'g')), 3);
  assert.equal(count(svg, new RegExp(`<text[^>]*fill="${COLOURS.wrong}"`, 'g')), 2);
});

test('cells are of one size and do not overlap', () => {
  const rows = rowsOf(
    imageGrid(smallSplit(), [0, 1, 2, 3, 4, 5], { columns: 3, predictions: smallPredictions() }),
  );
  const [lefts, tops] = [rows.map(({ left }) => Number(left)), rows.map(({ top }) => Number(top))];
  assert.deepEqual(lefts.slice(0, 3), lefts.slice(3));
  assert.equal(lefts[1] - lefts[0], lefts[2] - lefts[1]);
  assert.ok(lefts[1] - lefts[0] > 60, 'room for "a < b & c >99 %"');
  assert.equal(new Set(tops).size, 2);
  assert.ok(tops[3] - tops[0] > 12 + 2 * 14, 'room for the image and two lines');
});

test('an image grid leaves split and predictions as they are', () => {
  const [split, predictions] = [smallSplit(), smallPredictions()];
  imageGrid(split, [0, 1], { predictions });
  assert.deepEqual([split, predictions], [smallSplit(), smallPredictions()]);
});

test('an image grid refuses predictions that are no numbers, as evaluate() does', () => {
  const predictions = smallPredictions();
  predictions.probabilities[4] = Number.NaN;
  assert.throws(() => imageGrid(smallSplit(), [0, 1], { predictions }), {
    name: 'RangeError',
    message:
      "invalid probability; not a finite number: NaN for image 1; the model's weights are probably spoiled, train it anew",
  });
});

test('an image grid refuses what it cannot draw', () => {
  const split = smallSplit();
  assert.throws(() => imageGrid(split, []), {
    name: 'RangeError',
    message: 'cannot draw "six test images"; at least one image is needed: 0',
  });
  assert.throws(() => imageGrid(split, [0], { columns: 0 }), {
    name: 'RangeError',
    message: 'invalid columns; not a positive integer: 0',
  });
  assert.throws(() => imageGrid(split, [0], { scale: 0 }), {
    name: 'RangeError',
    message: 'invalid scale; not a positive integer: 0',
  });
  assert.throws(() => imageGrid(split, [6]), { message: /^invalid index; not an integer in \[0, 6\)/ });
  const others = {
    ...smallPredictions(),
    labels: Uint8Array.from([1, 1, 2, 0, 1, 2]),
    splitName: 'other images',
  };
  assert.throws(() => imageGrid(split, [0], { predictions: others }), {
    name: 'TypeError',
    message:
      'predictions do not fit six test images; they must be of the same images in the same order: they are of 6 images of other images',
  });
});
