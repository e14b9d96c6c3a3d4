import assert from 'node:assert/strict';
import test from 'node:test';
import { betaSample } from '../../lib/src/augment/beta';
import { seededRandom } from '../../lib/src/data/random';

const N = 100_000;

function samples(alpha: number, n = N): number[] {
  const random = seededRandom(5);
  return Array.from({ length: n }, () => betaSample(alpha, random));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

for (const alpha of [0.1, 0.2, 1, 2, 8]) {
  test(`Beta(${alpha}, ${alpha}) has its first four moments`, () => {
    const values = samples(alpha);
    const central = (power: number) => mean(values.map((value) => (value - 0.5) ** power));
    const variance = 1 / (4 * (2 * alpha + 1));
    const fourth = (3 * variance) / (4 * (2 * alpha + 3));
    const error = (spread: number) => 5 * Math.sqrt(spread / N); // five standard errors
    assert.ok(Math.abs(mean(values) - 0.5) < error(variance), `mean ${mean(values)}`);
    assert.ok(Math.abs(central(2) - variance) < error(fourth), `variance ${central(2)}, not ${variance}`);
    assert.ok(Math.abs(central(3)) < error(variance / 16), `third ${central(3)}`);
    assert.ok(Math.abs(central(4) - fourth) < error(fourth / 16), `fourth ${central(4)}, not ${fourth}`);
  });
}

test('Beta(1, 1) is even and Beta(1/2, 1/2) the arcsine distribution', () => {
  const below = (alpha: number, x: number) => samples(alpha).filter((value) => value < x).length / N;
  for (const x of [0.05, 0.3, 0.7]) {
    assert.ok(Math.abs(below(1, x) - x) < 0.008, `${below(1, x)} below ${x}`); // five standard errors
    const arcsine = (2 / Math.PI) * Math.asin(Math.sqrt(x));
    assert.ok(Math.abs(below(0.5, x) - arcsine) < 0.008, `${below(0.5, x)} below ${x}, not ${arcsine}`);
  }
});

test('extreme parameters give 0 or 1, or 1/2, and never something that is not a number', () => {
  assert.ok(samples(1e-4, 1000).every((value) => value >= 0 && value <= 1 && Math.abs(value - 0.5) > 0.4));
  assert.ok(samples(1e9, 1000).every((value) => Math.abs(value - 0.5) < 1e-3));
});
