import assert from 'node:assert/strict';
import test from 'node:test';
import { principalComponents } from '../../lib/src/data/principal-components';
import { seededRandom } from '../../lib/src/data/random';

const near = (actual: ArrayLike<number>, expected: number[], tolerance = 1e-6) => {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) => {
    assert.ok(Math.abs(actual[i] - value) < tolerance, `${Array.from(actual)} at ${i}`);
  });
};

test('points on a tilted rectangle give its sides as directions', () => {
  // (±2, 0) and (0, ±1), turned so that the long side lies along (3, 4) / 5, and moved by (7, -1)
  const points = [
    [7 + 1.2, -1 + 1.6],
    [7 - 1.2, -1 - 1.6],
    [7 - 0.8, -1 + 0.6],
    [7 + 0.8, -1 - 0.6],
  ];
  const found = principalComponents(Float32Array.from(points.flat()), 4, 2, 2);
  near(found.components, [0.6, 0.8, 0.8, -0.6]);
  near(found.variances, [8 / 3, 2 / 3]);
  near(found.shares, [0.8, 0.2]);
  near(found.points, [2, 0, -2, 0, 0, -1, 0, 1]);
});

test('the strongest direction is found where the strongest single feature is not part of it', () => {
  // Feature 0 has variance 3; features 1 and 2 have 2.5 each and move together: 4.5 along (0, 1, 1).
  const a = Math.sqrt((5 * 3) / 2);
  const b = Math.sqrt((5 * 4.5) / 4);
  const c = Math.sqrt((5 * 0.5) / 4);
  const rows = [
    [a, 0, 0],
    [-a, 0, 0],
    [0, b, b],
    [0, -b, -b],
    [0, c, -c],
    [0, -c, c],
  ];
  const found = principalComponents(Float32Array.from(rows.flat()), 6, 3, 3);
  near(found.variances, [4.5, 3, 0.5], 1e-5);
  near(found.components.subarray(0, 3), [0, Math.SQRT1_2, Math.SQRT1_2], 1e-5);
});

test('the directions are orthonormal, the points uncorrelated with the variances stated', () => {
  const [n, d, k] = [200, 40, 3];
  const random = seededRandom(5);
  const features = Float32Array.from({ length: n * d }, (_, i) => random() * (1 + (i % d)) + 100);
  const { components, points, variances } = principalComponents(features, n, d, k);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j <= i; j++) {
      let inner = 0;
      for (let a = 0; a < d; a++) inner += components[i * d + a] * components[j * d + a];
      assert.ok(Math.abs(inner - (i === j ? 1 : 0)) < 1e-9);
      let covariance = 0;
      for (let m = 0; m < n; m++) covariance += (points[m * k + i] * points[m * k + j]) / (n - 1);
      assert.ok(
        Math.abs(covariance - (i === j ? variances[i] : 0)) < 1e-4 * variances[0],
        `${i} ${j} ${covariance}`,
      );
    }
  }
  assert.ok(variances[0] >= variances[1] && variances[1] >= variances[2]);
});

test('the same features give the same result', () => {
  const random = seededRandom(6);
  const features = Float32Array.from({ length: 300 }, random);
  assert.deepEqual(principalComponents(features, 30, 10), principalComponents(features, 30, 10));
});

test('features that do not vary have no variance and no NaN', () => {
  const { points, variances, shares, components } = principalComponents(
    new Float32Array(20).fill(3),
    5,
    4,
    2,
  );
  assert.deepEqual(
    [variances, shares],
    [
      [0, 0],
      [0, 0],
    ],
  );
  assert.ok(points.every((value) => value === 0));
  assert.ok(components.every(Number.isFinite));
});

test('wrong sizes are refused in words', () => {
  const refused = (name: string, message: string, ...args: Parameters<typeof principalComponents>) =>
    assert.throws(() => principalComponents(...args), { name, message });
  const four = new Float32Array(4);
  refused('RangeError', 'invalid n; not an integer of at least 2: 1', four, 1, 4);
  refused('RangeError', 'invalid k; not an integer from 1 to 2 (the features of an image): 3', four, 2, 2);
  refused('TypeError', 'invalid features; there must be 3 x 2 (images x features): 4', four, 3, 2, 1);
  const spoiled = Float32Array.from([0, 0, Number.NaN, 0]);
  refused('RangeError', 'invalid feature; not a finite number: NaN of image 1', spoiled, 2, 2, 1);
});
