import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { generatedImages } from '../../lib/src/data/generated-images';
import { thinRecipe } from '../../lib/src/recipes/thin';
import { LANDSCAPES, type Landscape, landscape } from '../../tools/landscapes';
import { withoutLeaks } from '../no-leaks';

const recorded = (net: string) =>
  JSON.parse(fs.readFileSync(path.join(LANDSCAPES, `${net}.json`), 'utf8')) as Landscape;

/** The point at the net itself. */
const centreOf = ({ points }: Landscape) => points.find(({ x, y }) => x === 0 && y === 0)!;

test('a landscape has the points of its grid, row by row, and the conditions that it was computed under', async () => {
  const data = generatedImages({ train: 200, test: 10 });
  await withoutLeaks(async () => {
    const limits = { images: 160, epochs: 2, size: 3, looked: 40 };
    const { net, conditions, points } = await landscape(thinRecipe(8, 'A'), data, limits);
    assert.equal(net, 'thin-resnet8A');
    assert.deepEqual(
      points.map(({ x, y }) => [x, y]),
      [-1, 0, 1].flatMap((y) => [-1, 0, 1].map((x) => [x, y])),
    );
    assert.ok(points.every(({ loss, accuracy }) => loss > 0 && accuracy >= 0 && accuracy <= 1));
    assert.deepEqual(
      [conditions['training images'], conditions.epochs, conditions['images at each point']],
      [160, 2, 40],
    );
  });
});

for (const net of ['thin-resnet56A', 'thin-plain56']) {
  test(`on record no point around ${net} lies lower than the trained net`, () => {
    const landscape = recorded(net);
    assert.equal(landscape.points.length, 17 * 17);
    assert.equal(centreOf(landscape).loss, Math.min(...landscape.points.map(({ loss }) => loss)));
  });
}

test('on record the plain net of 56 layers lies in rougher and steeper ground than its residual twin', () => {
  const [residual, plain] = ['thin-resnet56A', 'thin-plain56'].map(recorded);
  const hollows = ({ points }: Landscape) =>
    points.filter((point) => {
      const near = points.filter(({ x, y }) => Math.hypot(x - point.x, y - point.y) < 0.2);
      return near.every((other) => other === point || other.loss > point.loss);
    }).length;
  assert.equal(hollows(residual), 1);
  assert.ok(hollows(plain) > 1, `${hollows(plain)}`);
  const highest = ({ points }: Landscape) => Math.max(...points.map(({ loss }) => loss));
  assert.ok(highest(plain) > 100 * highest(residual));
});
