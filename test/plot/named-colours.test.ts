import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as vega from 'vega';
import { View } from 'vega';
import { compile } from 'vega-lite';
import { bandPlot } from '../../lib/src/plot/band-plot';
import { linePlot } from '../../lib/src/plot/line-plot';
import { namedColours } from '../../lib/src/plot/named-colours';
import type { VegaLiteSpec } from '../../lib/src/plot/spec';
import { seriesColour } from '../../lib/src/plot/theme';

const axes = { title: 'Two lines', xTitle: 'epoch', yTitle: 'error' };
const lines = ['plain', 'residual'].map((name, i) => ({ name, x: [1, 2], y: [i, i + 1] }));

/** The opacity of each line that is drawn, after a click on the legend's entry for `name`. */
async function opacitiesAfterClick(spec: VegaLiteSpec, name: string): Promise<Map<string, number>> {
  const logger = vega.logger(vega.Error);
  const view = new View(vega.parse(compile(structuredClone(spec)).spec), { renderer: 'none', logger });
  await view.runAsync();
  const tuples = [{ unit: 'legend', fields: [{ type: 'E', field: 'name' }], values: [name] }];
  view.data('chosen_store', tuples);
  await view.runAsync();
  const found = new Map<string, number>();
  const visit = (item: {
    mark?: { marktype: string };
    items?: unknown[];
    opacity?: number;
    datum?: { name?: string };
  }) => {
    if (item.mark?.marktype === 'line' && item.datum?.name) found.set(item.datum.name, item.opacity!);
    for (const child of item.items ?? []) visit(child as typeof item);
  };
  visit((view.scenegraph() as unknown as { root: Parameters<typeof visit>[0] }).root);
  view.finalize();
  return found;
}

test('names have colours in their order, and one name alone needs no legend', () => {
  assert.deepEqual(namedColours(['a', 'b']).scale, {
    domain: ['a', 'b'],
    range: [seriesColour(0), seriesColour(1)],
  });
  assert.equal(namedColours(['a']).legend, null);
});

test('a name that is chosen in the legend leaves the others faded', async () => {
  const plots = [
    linePlot(lines, axes),
    bandPlot(
      lines.map(({ name, x, y }) => ({ name, runs: [{ x, y }] })),
      axes,
    ),
  ];
  for (const plot of plots) {
    const opacities = await opacitiesAfterClick(plot, 'residual');
    assert.deepEqual([...opacities.keys()].sort(), ['plain', 'residual']);
    assert.equal(opacities.get('residual'), 1);
    assert.equal(opacities.get('plain'), 0.12);
  }
});
