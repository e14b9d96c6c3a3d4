import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VegaLiteSpec } from '../../lib/src/plot/spec';
import { textWidth } from '../../lib/src/plot/text-width';
import { toSvg } from '../../lib/src/plot/to-svg';
import { count } from './checked-svg';

const bars: VegaLiteSpec = {
  data: {
    values: [
      { a: 'x', b: 1 },
      { a: 'y', b: 2 },
    ],
  },
  width: 100,
  mark: 'bar',
  encoding: { x: { field: 'a', type: 'nominal' }, y: { field: 'b', type: 'quantitative' } },
};

test('a spec becomes an SVG document and stays as it was', async () => {
  const before = structuredClone(bars);
  const svg = await toSvg(bars);
  assert.match(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg".*<\/svg>$/s);
  assert.equal(count(svg, /aria-roledescription="bar"/g), 2);
  assert.deepEqual(bars, before);
});

test('the same spec gives the same SVG', async () => {
  assert.equal(await toSvg(bars), await toSvg(bars));
});

test('what is no Vega-Lite spec is refused with a reason', async () => {
  const cases: [unknown, RegExp][] = [
    [null, /^invalid spec; not a Vega-Lite object: null$/],
    [[], /^invalid spec; not a Vega-Lite object: \[\]$/],
    [{}, /^cannot draw the plot; Vega-Lite refuses its spec: Invalid specification \{\}/],
    [{ ...bars, mark: 'barr' }, /^invalid mark; not one of arc, area, bar, .*: barr$/],
    [{ layer: [{ mark: { type: 'pie' } }] }, /^invalid mark; not one of .*: pie$/],
    [
      { ...bars, transform: [{ filter: 'datum.a >' }] },
      /^cannot draw the plot; Vega-Lite refuses its spec: Unexpected end of input$/,
    ],
  ];
  for (const [spec, message] of cases) await assert.rejects(toSvg(spec as VegaLiteSpec), { message });
});

test('data outside the spec are not fetched', async (t) => {
  t.mock.method(console, 'warn', () => {}); // Vega's own words on the missing data
  await assert.rejects(toSvg({ ...bars, data: { url: 'data/cars.json' } } as VegaLiteSpec), {
    message:
      'cannot draw the plot; Vega-Lite refuses its spec: data must be inside the spec, not at data/cars.json',
  });
});

test('the width of a text is that of Helvetica', () => {
  assert.ok(Math.abs(textWidth('Hello, World', 10) - 54.45) < 0.01); // 722 556 222 222 556 278 278 944 556 333 222 556
  assert.equal(textWidth('', 10), 0);
  assert.ok(textWidth('é', 10) > 0);
  assert.ok(textWidth('WWW', 10, 'bold') > textWidth('WWW', 10));
});
