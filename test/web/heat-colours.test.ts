import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heatColours } from '../../web/src/heat-colours';

test('cold is transparent, hot is opaque and bright', () => {
  assert.deepEqual([...heatColours([0, 1])], [0, 0, 4, 0, 252, 255, 164, 255]);
});

test('between the five colours it goes evenly', () => {
  assert.deepEqual([...heatColours([0.25, 0.5])], [87, 16, 110, 64, 188, 55, 84, 128]);
  const [red] = heatColours([0.375]);
  assert.ok(red === 137 || red === 138, `halfway from 87 to 188: ${red}`);
});

test('what lies beyond 0..1 counts as its end', () => {
  assert.deepEqual(heatColours([-1, 2]), heatColours([0, 1]));
});

test('the lightness grows with the heat', () => {
  const heat = Array.from({ length: 50 }, (_, i) => i / 49);
  const rgba = heatColours(heat);
  const lightness = heat.map(
    (_, i) => 0.2126 * rgba[4 * i] + 0.7152 * rgba[4 * i + 1] + 0.0722 * rgba[4 * i + 2], // ITU-R BT.709
  );
  for (let i = 1; i < lightness.length; i++) assert.ok(lightness[i] > lightness[i - 1], `at ${heat[i]}`);
});
