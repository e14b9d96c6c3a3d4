import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  chain,
  constant,
  cosine,
  multiStep,
  type OneCycleOptions,
  oneCycle,
  type Schedule,
  scaledRate,
  warmup,
} from '../../lib/src/train/schedules';

interface Fixture {
  oneCycle: { peak: number; steps: number; options: OneCycleOptions; rates: number[] }[];
  multiStep: { rate: number; milestones: number[]; factor: number; rates: number[] }[];
  cosine: { rate: number; steps: number; end: number; rates: number[] }[];
  warmupCosine: { rate: number; start: number; warmup: number; steps: number; rates: number[] }[];
}

/** What PyTorch computed; `tools/peers/schedules_fixture.py` writes it. */
const torch: Fixture = JSON.parse(
  fs.readFileSync(path.join(__dirname, '../fixtures/torch-schedules.json'), 'utf8'),
);

function assertRates(schedule: Schedule, expected: readonly number[]): void {
  assert.ok(expected.length > 0);
  expected.forEach((rate, step) => {
    const off = Math.abs(schedule(step) - rate);
    assert.ok(off <= 1e-12, `step ${step}: ${schedule(step)}, not ${rate}`);
  });
}

test("one cycle has the rates of PyTorch's OneCycleLR, cosine and linear", () => {
  for (const { peak, steps, options, rates } of torch.oneCycle) {
    assert.equal(rates.length, steps);
    assertRates(oneCycle(peak, steps, options), rates);
  }
  assertRates(oneCycle(0.1, 40), torch.oneCycle[0].rates); // by default
});

test("milestones drop the rate as PyTorch's MultiStepLR does", () => {
  for (const { rate, milestones, factor, rates } of torch.multiStep)
    assertRates(multiStep(rate, milestones, factor), rates);
});

test("half a cosine has the rates of PyTorch's CosineAnnealingLR", () => {
  for (const { rate, steps, end, rates } of torch.cosine) assertRates(cosine(rate, steps, end), rates);
});

test("a warm-up and then a cosine have the rates of PyTorch's LinearLR, CosineAnnealingLR and SequentialLR", () => {
  for (const { rate, start, warmup: rise, steps, rates } of torch.warmupCosine)
    assertRates(chain([warmup(start * rate, rate, rise), rise], cosine(rate, steps)), rates);
});

test('the ResNet paper trains at 0.1, from step 32,000 at 0.01, from step 48,000 at 0.001', () => {
  const schedule = multiStep(0.1, [32_000, 48_000]);
  const rates = [0, 31_999, 32_000, 47_999, 48_000, 63_999].map((step) => Number(schedule(step).toFixed(15)));
  assert.deepEqual(rates, [0.1, 0.1, 0.01, 0.01, 0.001, 0.001]);
});

test('values by hand: a constant, a line, a cosine, a triangle', () => {
  assertRates(constant(0.3), [0.3, 0.3, 0.3]);
  assertRates(warmup(0, 1, 4), [0, 0.25, 0.5, 0.75, 1]);
  assertRates(cosine(2, 4, 1), [2, 1.5 + Math.SQRT1_2 / 2, 1.5, 1.5 - Math.SQRT1_2 / 2, 1]);
  const triangle = oneCycle(10, 10, { start: 0.2, end: 0.04, peakAt: 0.5, shape: 'linear' });
  assertRates(triangle, [2, 4, 6, 8, 10, 8.08, 6.16, 4.24, 2.32, 0.4]);
});

test('a larger batch takes a larger rate, after a gradual way up from the own one', () => {
  const own = multiStep(0.1, [6]);
  assertRates(scaledRate(own, 4, 4), [0.1, 0.175, 0.25, 0.325, 0.4, 0.4, 0.04]);
  assertRates(scaledRate(own, 4, 0), [0.4, 0.4]);
  assertRates(scaledRate(own, 1, 3), [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.01]);
  assert.throws(() => scaledRate(own, 0, 4), {
    name: 'RangeError',
    message: /^invalid factor; not a finite number greater than 0: 0$/,
  });
  assert.throws(() => scaledRate(own, 2, -1), { name: 'RangeError', message: /^invalid warmupSteps; / });
});

test('a cycle without a step before its peak begins there', () => {
  const options = { start: 0, end: 0, shape: 'linear' } as const;
  for (const peakAt of [0, 0.1, 0.2])
    assertRates(oneCycle(1, 5, { ...options, peakAt }), [1, 0.75, 0.5, 0.25, 0]);
});

test('each part of a chain begins at its own step 0, and chains chain', () => {
  const seen: Schedule = (step) => step;
  assertRates(chain([seen, 3], [seen, 2], seen), [0, 1, 2, 0, 1, 0, 1, 2]);
  assertRates(chain([chain([seen, 2], seen), 5], seen), [0, 1, 0, 1, 2, 0, 1]);
  assertRates(chain(seen), [0, 1, 2]);
});

test('milestones changed afterwards do not change the schedule', () => {
  const milestones = [2];
  const schedule = multiStep(1, milestones, 0.5);
  milestones.push(3);
  assertRates(schedule, [1, 1, 0.5, 0.5]);
});

const rate = fc.double({ min: 0, max: 10, noNaN: true });
const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const length = fc.integer({ min: 2, max: 1000 });

/** A schedule with the bounds of its rates, the steps it takes, and its last rate. */
interface Bounded {
  schedule: Schedule;
  bounds: number[];
  steps: number;
  end: number;
}

const bounded: fc.Arbitrary<Bounded> = fc.oneof(
  fc.tuple(rate, rate, length).map(([from, to, steps]) => {
    return { schedule: warmup(from, to, steps), bounds: [from, to], steps, end: to };
  }),
  fc.tuple(rate, rate, length).map(([from, to, steps]) => {
    return { schedule: cosine(from, steps, to), bounds: [from, to], steps, end: to };
  }),
  fc
    .record({
      peak: rate,
      steps: length,
      start: fraction,
      end: fraction,
      peakAt: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      shape: fc.constantFrom('cosine' as const, 'linear' as const),
    })
    .map(({ peak, steps, ...options }) => {
      const bounds = [options.start, 1, options.end].map((share) => share * peak);
      return { schedule: oneCycle(peak, steps, options), bounds, steps: steps - 1, end: bounds[2] };
    }),
);

test('rates stay between the given ones, and after its last step a schedule stays at its last', () => {
  fc.assert(
    fc.property(bounded, fc.nat(2000), ({ schedule, bounds, steps, end }, step) => {
      const rounding = 1e-14; // of rates up to 10
      assert.ok(schedule(step) >= Math.min(...bounds) - rounding);
      assert.ok(schedule(step) <= Math.max(...bounds) + rounding);
      assert.equal(schedule(steps + step), end);
    }),
  );
});

test('the same step has the same rate, whatever was asked before', () => {
  fc.assert(
    fc.property(bounded, fc.array(fc.nat(2000), { minLength: 2 }), ({ schedule }, steps) => {
      const forwards = steps.map((step) => schedule(step));
      const backwards = [...steps].reverse().map((step) => schedule(step));
      assert.deepEqual(backwards.reverse(), forwards);
    }),
  );
});

test('a step that is no integer of at least 0 is refused', () => {
  const schedules = [constant(1), multiStep(1, [5]), cosine(1, 5), oneCycle(1, 5), warmup(0, 1, 5)];
  for (const schedule of [...schedules, chain([warmup(0, 1, 5), 5], constant(1))]) {
    for (const step of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => schedule(step), {
        name: 'RangeError',
        message: `invalid step; not an integer of at least 0: ${step}`,
      });
    }
    assert.throws(() => schedule('3' as never), {
      name: 'TypeError',
      message: 'invalid step; not an integer of at least 0: "3"',
    });
  }
});

test('arguments that make no sense are refused in words', () => {
  const refusals: [() => Schedule, string, string][] = [
    [() => constant(-0.1), 'RangeError', 'invalid rate; not a finite number of at least 0: -0.1'],
    [() => constant('1' as never), 'TypeError', 'invalid rate; not a finite number of at least 0: "1"'],
    [() => multiStep(Number.NaN, [1]), 'RangeError', 'invalid rate; not a finite number of at least 0: NaN'],
    [() => multiStep(1, [5], 0), 'RangeError', 'invalid factor; not a finite number greater than 0: 0'],
    [() => multiStep(1, 5 as never), 'TypeError', 'invalid milestones; not an array of steps: 5'],
    [() => cosine(1, 0), 'RangeError', 'invalid steps; not a positive integer: 0'],
    [() => cosine(1, 5, -1), 'RangeError', 'invalid end; not a finite number of at least 0: -1'],
    [() => oneCycle(-1, 5), 'RangeError', 'invalid peak; not a finite number of at least 0: -1'],
    [() => oneCycle(1, 1), 'RangeError', 'invalid steps; not an integer of at least 2: 1'],
    [() => oneCycle(1, 5, { start: 2 }), 'RangeError', 'invalid start; not in [0, 1]: 2'],
    [() => oneCycle(1, 5, { end: '0' as never }), 'TypeError', 'invalid end; not in [0, 1]: "0"'],
    [() => oneCycle(1, 5, { peakAt: 1 }), 'RangeError', 'invalid peakAt; not in [0, 1): 1'],
    [
      () => oneCycle(1, 5, { shape: 'round' as never }),
      'TypeError',
      'invalid shape; not "cosine" or "linear": "round"',
    ],
    [
      () => oneCycle(1, 5, { pctStart: 0.3 } as never),
      'TypeError',
      'unknown option; oneCycle takes { start, end, peakAt, shape }: pctStart',
    ],
    [() => warmup(-1, 1, 5), 'RangeError', 'invalid from; not a finite number of at least 0: -1'],
    [
      () => warmup(0, Number.POSITIVE_INFINITY, 5),
      'RangeError',
      'invalid to; not a finite number of at least 0: Infinity',
    ],
    [() => warmup(0, 1, 2.5), 'RangeError', 'invalid steps; not a positive integer: 2.5'],
    [
      () => chain(constant(1) as never, constant(1)),
      'TypeError',
      'invalid part of a chain; all but the last are [schedule, steps]: function',
    ],
    [
      () => chain([constant(1), 0], constant(1)),
      'RangeError',
      'invalid steps of a part; not a positive integer: 0',
    ],
    [
      () => chain([constant(1), 5] as never),
      'TypeError',
      'invalid part of a chain; the last is a schedule without steps: object',
    ],
  ];
  for (const [make, name, message] of refusals) assert.throws(make, { name, message });
  for (const milestones of [[0], [5, 5], [5, 3], [1.5]]) {
    assert.throws(() => multiStep(1, milestones), {
      name: 'RangeError',
      message: `invalid milestones; not positive integers in ascending order: ${JSON.stringify(milestones)}`,
    });
  }
});
