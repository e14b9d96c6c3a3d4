import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linePlot } from '../../lib/src/plot/line-plot';
import { COLOURS, onEitherPaper, paperRules, SERIES_COLOURS } from '../../lib/src/plot/theme';
import { toSvg } from '../../lib/src/plot/to-svg';

/** WCAG 2.2: relative luminance, and the contrast of two colours, 1..21. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const dark = new Map<string, string>();
paperRules('', (from, to) => {
  dark.set(from, to);
  return to;
});

test('text can be read on light paper and on dark', () => {
  for (const text of [COLOURS.text, COLOURS.quietText]) {
    assert.ok(contrast(text, COLOURS.background) >= 4.5, text);
    assert.ok(contrast(dark.get(text)!, dark.get(COLOURS.background)!) >= 4.5, text);
  }
});

test('series, which keep their colours, can be seen on both', () => {
  for (const colour of SERIES_COLOURS) {
    assert.ok(contrast(colour, COLOURS.background) >= 1.7, colour);
    assert.ok(contrast(dark.get(colour) ?? colour, dark.get(COLOURS.background)!) >= 2.9, colour);
  }
});

test('a drawing carries the rules for dark paper, for itself alone, not for the page around it', async () => {
  const axes = { title: 'A line', xTitle: 'x', yTitle: 'y' };
  const svg = await toSvg(linePlot([{ name: 'a', x: [0, 1], y: [0, 1] }], axes));
  const [, style] = svg.match(/^<svg[^>]*><style>(.*?)<\/style>/s)!;
  assert.match(
    style,
    /^@media screen and \(prefers-color-scheme:dark\)\{svg:root \[fill="#ffffff"\]\{fill:#15181d\}/,
  );
  assert.equal((style.match(/svg:root \[/g) ?? []).length, 2 * dark.size);
  assert.equal(onEitherPaper('<svg width="1"></svg>').startsWith('<svg width="1"><style>'), true);
});
