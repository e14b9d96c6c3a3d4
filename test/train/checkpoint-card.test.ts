import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  type CheckpointCard,
  cardFromJson,
  cardToJson,
  type JsonObject,
} from '../../lib/src/train/checkpoint-card';

const returned = (card: CheckpointCard) => cardFromJson(cardToJson(card));

const { value: anyJson } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.double(),
    fc.constantFrom(Number.NaN, Number.NEGATIVE_INFINITY, -0, Number.MIN_VALUE, 0.1 + 0.2),
    fc.constantFrom('NaN', '~NaN', '~~-0', '-0', 'Infinity', '-Infinity', '', '~', 'NaN '),
    fc.string({ unit: 'binary' }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constant('__proto__')), tie('value'), { maxKeys: 4 }),
  ),
}));

test('every card comes back as it was: NaN, infinities, -0, and strings that look like them', () => {
  fc.assert(
    fc.property(fc.nat(), fc.option(fc.double(), { nil: undefined }), anyJson, (step, score, value) => {
      const card = { step, ...(score === undefined ? {} : { score }), meta: { value } as JsonObject };
      const { format, ...read } = returned(card)!;
      assert.equal(format, 1);
      assert.deepEqual(withoutPrototypes(read), withoutPrototypes(card));
    }),
    { seed: 3, numRuns: 500 },
  );
});

/** fast-check makes some objects without a prototype, which deepEqual tells from others. */
function withoutPrototypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPrototypes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value).map(([key, field]) => [key, withoutPrototypes(field)]);
}

test('the numbers that JSON lacks are readable in the file', () => {
  const card = {
    step: 2,
    score: Number.NaN,
    meta: { losses: [0.1, -0, Number.POSITIVE_INFINITY], note: 'NaN' },
  };
  assert.deepEqual(JSON.parse(cardToJson(card)), {
    format: 1,
    step: 2,
    score: 'NaN',
    meta: { losses: [0.1, '-0', 'Infinity'], note: '~NaN' },
  });
});

test('a field that is undefined is left out', () => {
  assert.deepEqual(returned({ step: 1, score: undefined, meta: { rate: undefined } }), {
    format: 1,
    step: 1,
    meta: {},
  });
});

test('what would not come back is refused by its place', () => {
  const refused = (meta: unknown, message: string) =>
    assert.throws(() => cardToJson({ step: 1, meta: meta as JsonObject }), { name: 'TypeError', message });
  refused(undefined, 'invalid meta; not an object: undefined');
  refused([1], 'invalid meta; not an object: [object Array]');
  refused({ a: [1, { b: new Map() }] }, 'invalid checkpoint.meta.a[1].b; not plain JSON: [object Map]');
  refused({ a: new Float32Array(2) }, 'invalid checkpoint.meta.a; not plain JSON: [object Float32Array]');
  refused({ a: new Date(0) }, 'invalid checkpoint.meta.a; not plain JSON: [object Date]');
  refused({ a: 1n }, 'invalid checkpoint.meta.a; not plain JSON: bigint');
  refused({ a: [undefined] }, 'invalid checkpoint.meta.a[0]; not plain JSON: undefined');
  refused({ a: () => 1 }, 'invalid checkpoint.meta.a; not plain JSON: function');
});

test("another program's text is no card, and a newer format only has to name itself", () => {
  for (const text of [
    '',
    'null',
    '[]',
    '{}',
    '{"format": "1"}',
    '{"format": 1, "step": 1}',
    '{"format": 1, "meta": {}}',
  ]) {
    assert.equal(cardFromJson(text), undefined, text);
  }
  assert.equal(cardFromJson('{"format": 2, "updates": 7}')?.format, 2);
});
