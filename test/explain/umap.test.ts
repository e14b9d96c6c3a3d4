import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../lib/src/data/random';
import type { Embedding } from '../../lib/src/explain/embedding';
import { umap } from '../../lib/src/explain/umap';

/** Three groups of images, each around a corner of its own in eight dimensions. */
function groups(perGroup: number): Embedding {
  const random = seededRandom(1);
  const [size, n] = [8, 3 * perGroup];
  return {
    features: Float32Array.from({ length: n * size }, (_, i) => {
      const group = Math.floor(i / size) % 3;
      return (i % size === group ? 5 : 0) + random();
    }),
    ...{ size, labels: Uint8Array.from({ length: n }, (_, i) => i % 3) },
    ...{ classNames: ['one', 'two', 'three'], splitName: 'groups' },
  };
}

test('groups that lie apart among the features lie apart on the map', async () => {
  const points = groups(25);
  const map = await umap(points, { neighbours: 8, seed: 3 });
  assert.equal(map.length, 75);
  const distance = (i: number, j: number) => Math.hypot(...map[i].map((value, k) => value - map[j][k]));
  for (const i of map.keys()) {
    const others = [...map.keys()].filter((j) => j !== i).sort((a, b) => distance(i, a) - distance(i, b));
    for (const j of others.slice(0, 8)) assert.equal(points.labels[j], points.labels[i]);
  }
});

test('the same seed draws the same map, in as many dimensions as one asks for', async () => {
  const points = groups(10);
  const options = { neighbours: 5, dimensions: 3, seed: 2 };
  const map = await umap(points, options);
  assert.deepEqual(map, await umap(points, options));
  assert.ok(map.every((point) => point.length === 3 && point.every(Number.isFinite)));
});

test('fewer images than neighbours, and options that cannot be, are refused', async () => {
  await assert.rejects(umap(groups(5)), {
    name: 'RangeError',
    message: 'cannot draw a map; more images than 15 neighbours are needed: 15',
  });
  await assert.rejects(umap(groups(5), { neighbours: 1 }), {
    message: /invalid neighbours; not an integer of at least 2/,
  });
  await assert.rejects(umap(groups(5), { neighbors: 3 } as never), {
    name: 'TypeError',
    message: /unknown option/,
  });
});
