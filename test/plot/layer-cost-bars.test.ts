import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LayerRow, layerTable } from '../../lib/src/model/layer-table';
import { ResNet } from '../../lib/src/model/resnet';
import { layerCostBars } from '../../lib/src/plot/layer-cost-bars';
import { withoutLeaks } from '../no-leaks';
import { checkedSvg, count, rowsOf, textsOf } from './checked-svg';

test("the article's net has a bar for the parameters of every layer that has some, in the model's order", async () => {
  await withoutLeaks(async () => {
    const model = ResNet(10, { seed: 1 });
    const rows = layerTable(model);
    model.dispose();
    const spec = layerCostBars(rows);
    const costly = rows.filter(({ parameters }) => parameters > 0);
    assert.deepEqual(
      rowsOf(spec).map(({ layer }) => layer),
      costly.map(({ name }) => name),
    );
    const svg = await checkedSvg(spec);
    assert.equal(count(svg, /aria-roledescription="bar"/g), 2 * costly.length);
    const texts = textsOf(svg);
    for (const { name } of costly) assert.ok(texts.includes(name), name);
    assert.ok(texts.some((text) => text.startsWith('329,898 parameters, ')));
    const sum = rowsOf(spec).reduce((total, row) => total + Number(row.parametersShare), 0);
    assert.ok(Math.abs(sum - 1) < 1e-12);
  });
});

test('an open shape leaves out the multiply-adds, not the layer', async () => {
  const row: LayerRow = {
    name: 'conv',
    className: 'Conv2D',
    outputShape: [null, null, null, 8],
    parameters: 10,
    trainable: 10,
    multiplyAdds: Number.NaN,
    inputs: [],
  };
  const [shown] = rowsOf(layerCostBars([row]));
  assert.equal(shown.multiplyAdds, null);
  assert.equal(shown.output, '[batch, ?, ?, 8]');
  await checkedSvg(layerCostBars([row]));
});

test('layers without any cost are refused', () => {
  assert.throws(() => layerCostBars([]), {
    name: 'RangeError',
    message:
      'cannot draw "Where the parameters and the multiply-adds are"; no layer has parameters or multiply-adds: 0 layers',
  });
});
