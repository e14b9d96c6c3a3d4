import assert from 'node:assert/strict';
import { test } from 'node:test';
import { augmentedGrid } from '../../lib/src/plot/augmented-grid';
import { pixelsOf } from '../../lib/src/plot/pixels';
import { pngUrl } from '../../lib/src/plot/png';
import { withoutLeaks } from '../no-leaks';
import { checkedSvg, count, rowsOf, textsOf } from './checked-svg';
import { smallSplit } from './small-data';

const urls = (spec: Parameters<typeof rowsOf>[0]) => rowsOf(spec).map(({ url }) => url);

test('each row shows an image as it is and then its versions', async () => {
  const split = smallSplit();
  const spec = await withoutLeaks(() =>
    augmentedGrid(
      split,
      { crop: { pad: 2 }, flip: 'random', cutout: 2 },
      { images: 3, versions: 4, scale: 3 },
    ),
  );
  const svg = await checkedSvg(spec);
  assert.equal(count(svg, /<image [^>]*width="15" height="12"/g), 3 * 5);
  assert.deepEqual(textsOf(svg).filter(Boolean), [
    'cat',
    'dog',
    'a &lt; b &amp; c',
    'six test images',
    'on the left as they are, then as training sees them in one epoch after the other',
  ]);
  [0, 1, 2].forEach((image, row) => {
    const shown = urls(spec).slice(5 * row, 5 * row + 5);
    assert.equal(shown[0], pngUrl(pixelsOf(split, image), 3));
    assert.ok(new Set(shown).size > 3, 'versions differ');
  });
});

test('smaller crops lie in the middle of their cells, at the same scale', async () => {
  const spec = augmentedGrid(smallSplit(), { crop: { size: 2 } }, { images: 2, versions: 3, scale: 3 });
  const svg = await checkedSvg(spec);
  assert.equal(count(svg, /<image [^>]*width="15" height="12"/g), 2);
  assert.equal(count(svg, /<image [^>]*width="6" height="6"/g), 2 * 3);
  const [whole, crop] = rowsOf(spec) as unknown as {
    top: number;
    height: number;
    middle: number;
    left: number;
  }[];
  assert.equal(crop.top + crop.height / 2, whole.top + whole.height / 2);
  assert.equal(crop.middle, crop.left + 3);
});

test('without an augmentation all versions are the image', () => {
  const spec = augmentedGrid(smallSplit(), {}, { images: 2, versions: 2 });
  const [a, b] = [0, 1].map((image) => pngUrl(pixelsOf(smallSplit(), image), 2));
  assert.deepEqual(urls(spec), [a, a, a, b, b, b]);
});

test('alternating flips alternate from one version to the next', () => {
  const shown = urls(augmentedGrid(smallSplit(), { flip: 'alternating' }, { images: 1, versions: 4 }));
  assert.deepEqual(shown.slice(1, 3), shown.slice(3));
  assert.notEqual(shown[1], shown[2]);
  assert.ok(shown.slice(1, 3).includes(shown[0]));
});

test('the same seed draws the same picture, another draws another, and the split stays as it is', () => {
  const split = smallSplit();
  const picture = (seed: number) => urls(augmentedGrid(split, { crop: { pad: 2 } }, { seed }));
  assert.deepEqual(picture(1), picture(1));
  assert.notDeepEqual(picture(1), picture(2));
  assert.deepEqual(split, smallSplit());
});

test('what cannot be drawn is refused', () => {
  const draw = (augmentation: object, options: object) => () =>
    augmentedGrid(smallSplit(), augmentation, options);
  assert.throws(draw({}, { versions: 0 }), {
    name: 'RangeError',
    message: 'invalid versions; not a positive integer: 0',
  });
  assert.throws(draw({}, { images: 0 }), {
    name: 'RangeError',
    message: 'invalid number of images; not a positive integer: 0',
  });
  assert.throws(draw({ cutout: -1 }, {}), { message: 'invalid cutout; not a positive integer: -1' });
});
