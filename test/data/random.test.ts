import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, seededWords, shuffledIndices } from '../../lib/src/data/random';

const draws = (random: () => number, n: number) => Array.from({ length: n }, random);

test('a seed gives the same numbers every time, and always these', () => {
  assert.deepEqual(draws(seededWords(1), 4), WORDS_OF_SEED_1);
  assert.deepEqual(
    draws(seededRandom(1), 4),
    WORDS_OF_SEED_1.map((word) => word / 2 ** 32),
  );
});

test('other seeds and other streams give other numbers', () => {
  const firsts = [
    seededWords(0),
    seededWords(1),
    seededWords(1, 1),
    seededWords(2 ** 32),
    seededWords(2 ** 53 - 1),
  ];
  assert.equal(new Set(firsts.map((next) => next())).size, firsts.length);
});

test('the numbers are uniform in [0, 1)', () => {
  const random = seededRandom(3);
  const tenths = new Array<number>(10).fill(0);
  for (const value of draws(random, 100_000)) {
    assert.ok(value >= 0 && value < 1);
    tenths[Math.floor(value * 10)]++;
  }
  // 10,000 expected in each with a standard deviation of 95
  for (const count of tenths) assert.ok(Math.abs(count - 10_000) < 500, String(tenths));
});

test('neighbouring streams are not correlated', () => {
  const n = 20_000;
  const a = draws(seededRandom(5, 1), n);
  const b = draws(seededRandom(5, 2), n);
  const covariance = a.reduce((sum, value, i) => sum + (value - 0.5) * (b[i] - 0.5), 0) / n;
  assert.ok(Math.abs(covariance * 12) < 0.03, String(covariance * 12)); // standard deviation 0.007
});

test('shuffled indices hold every index once and depend on the seed', () => {
  const order = shuffledIndices(1000, 4);
  assert.deepEqual(
    [...order].sort((a, b) => a - b),
    [...Array(1000).keys()],
  );
  assert.deepEqual(shuffledIndices(1000, 4), order);
  assert.notDeepEqual(shuffledIndices(1000, 5), order);
  assert.notDeepEqual(shuffledIndices(1000, 4, 1), order);
  assert.deepEqual(shuffledIndices(0, 4), new Int32Array(0));
});

test('every order of three is about equally frequent', () => {
  const counts = new Map<string, number>();
  for (let seed = 0; seed < 6000; seed++) {
    const order = shuffledIndices(3, seed).join();
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assert.equal(counts.size, 6);
  for (const count of counts.values()) assert.ok(Math.abs(count - 1000) < 150, String([...counts])); // deviation 29
});

test('seeds, streams and lengths out of range are refused', () => {
  for (const seed of [-1, 0.5, 2 ** 53, Number.NaN]) {
    assert.throws(() => seededRandom(seed), {
      name: 'RangeError',
      message: `invalid seed; not an integer from 0 to 2^53 - 1: ${seed}`,
    });
  }
  assert.throws(() => seededRandom(1, 2 ** 32), {
    name: 'RangeError',
    message: 'invalid stream; not an integer from 0 to 2^32 - 1: 4294967296',
  });
  assert.throws(() => shuffledIndices(-1, 1), {
    name: 'RangeError',
    message: 'invalid n; not an integer of at least 0: -1',
  });
});

const WORDS_OF_SEED_1 = [3387734806, 1080862987, 3546521498, 2861869171];
