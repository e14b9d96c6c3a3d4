import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countParameters, type LayerRow, layerTable } from '../../lib/src/model/layer-table';
import { residualBlock } from '../../lib/src/model/residual-block';
import { ResNet } from '../../lib/src/model/resnet';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';

const total = (rows: LayerRow[], column: 'parameters' | 'trainable' | 'multiplyAdds') =>
  rows.reduce((sum, row) => sum + row[column], 0);

const rowOf = (rows: LayerRow[], name: string) => rows.find((row) => row.name === name)!;

test("the article's network costs what a count by hand says, layer by layer", async () => {
  await withoutLeaks(() => {
    const model = ResNet(10);
    const rows = layerTable(model);
    // Output height x width x channels, times kernel height x width x input channels.
    const byHand: Record<string, number> = {
      stem_conv: 16 * 16 * 64 * (7 * 7 * 3),
      block1_conv1: 8 * 8 * 32 * (3 * 3 * 64),
      block1_conv2: 8 * 8 * 32 * (3 * 3 * 32),
      block1_shortcut: 8 * 8 * 32 * (1 * 1 * 64),
      block2_conv1: 4 * 4 * 64 * (3 * 3 * 32),
      block2_conv2: 4 * 4 * 64 * (3 * 3 * 64),
      block2_shortcut: 4 * 4 * 64 * (1 * 1 * 32),
      block3_conv1: 2 * 2 * 128 * (3 * 3 * 64),
      block3_conv2: 2 * 2 * 128 * (3 * 3 * 128),
      block3_shortcut: 2 * 2 * 128 * (1 * 1 * 64),
      head_dense: 128 * 10,
    };
    for (const row of rows) assert.equal(row.multiplyAdds, byHand[row.name] ?? 0, row.name);
    assert.equal(total(rows, 'multiplyAdds'), 6_145_280);
    assert.equal(total(rows, 'parameters'), 329_898);
    assert.equal(total(rows, 'trainable'), 328_874);
    model.dispose();
  });
});

test('a row names the class, the shape, the numbers and the inputs of its layer', async () => {
  await withoutLeaks(() => {
    const model = ResNet(10);
    const rows = layerTable(model);
    assert.deepEqual(rowOf(rows, 'stem_bn'), {
      name: 'stem_bn',
      className: 'BatchNormalization',
      outputShape: [null, 16, 16, 64],
      parameters: 4 * 64,
      trainable: 2 * 64,
      multiplyAdds: 0,
      inputs: ['stem_conv'],
    });
    assert.deepEqual(rowOf(rows, 'block2_add').inputs, ['block2_bn2', 'block2_shortcut']);
    assert.deepEqual(rowOf(rows, 'block3_shortcut').inputs, ['block2_add']);
    assert.deepEqual(rowOf(rows, 'images').inputs, []);
    assert.equal(rows.length, 28);
    model.dispose();
  });
});

test('a frozen layer has parameters and none that are trained', async () => {
  await withoutLeaks(() => {
    const model = ResNet(10);
    model.getLayer('stem_conv').trainable = false;
    const frozen = 7 * 7 * 3 * 64 + 64;
    assert.equal(rowOf(layerTable(model), 'stem_conv').trainable, 0);
    assert.equal(rowOf(layerTable(model), 'stem_conv').parameters, frozen);
    assert.deepEqual(countParameters(model), { total: 329_898, trainable: 328_874 - frozen });
    model.dispose();
  });
});

test('a model inside a model is one row with the sums of what is inside', async () => {
  await withoutLeaks(() => {
    const patch = tf.input({ shape: [8, 8, 3] });
    const inner = tf.model({
      inputs: patch,
      outputs: residualBlock(patch, 4, { strides: 2 }),
      name: 'inner',
    });
    const images = tf.input({ shape: [8, 8, 3], name: 'images' });
    const flat = tf.layers.flatten({ name: 'flat' }).apply(inner.apply(images)) as typeof images;
    const outputs = tf.layers.dense({ units: 2, name: 'dense' }).apply(flat) as typeof images;
    const outer = tf.model({ inputs: images, outputs });
    const rows = layerTable(outer);
    const innerRow = rowOf(rows, 'inner');
    assert.deepEqual(innerRow.inputs, ['images']);
    assert.deepEqual(innerRow.outputShape, [null, 4, 4, 4]);
    assert.equal(innerRow.multiplyAdds, total(layerTable(inner), 'multiplyAdds'));
    assert.equal(innerRow.parameters, countParameters(inner).total);
    assert.equal(innerRow.trainable, countParameters(inner).trainable);
    assert.deepEqual(countParameters(outer), {
      total: total(rows, 'parameters'),
      trainable: total(rows, 'trainable'),
    });
    assert.equal(rowOf(rows, 'dense').multiplyAdds, 64 * 2);
    outer.dispose(); // and with it the inner one
  });
});

test('a shared layer counts its numbers once and its work at every call', async () => {
  await withoutLeaks(() => {
    const [left, right] = ['left', 'right'].map((name) => tf.input({ shape: [5], name }));
    const shared = tf.layers.dense({ units: 3, name: 'shared' });
    const both = [left, right].map((x) => shared.apply(x) as typeof left);
    const sum = tf.layers.add({ name: 'sum' }).apply(both) as typeof left;
    const model = tf.model({ inputs: [left, right], outputs: sum });
    const half = tf.model({ inputs: left, outputs: both[0] });
    const row = rowOf(layerTable(model), 'shared');
    assert.deepEqual([row.parameters, row.multiplyAdds], [18, 2 * 15]);
    assert.deepEqual(row.inputs, ['left', 'right']);
    assert.deepEqual(countParameters(model), { total: 18, trainable: 18 });
    const inHalf = rowOf(layerTable(half), 'shared');
    assert.deepEqual([inHalf.multiplyAdds, inHalf.inputs], [15, ['left']]);
    model.dispose();
    half.dispose();
  });
});

test('a sequential model with other convolutions is counted too', async () => {
  await withoutLeaks(() => {
    const model = tf.sequential({
      layers: [
        tf.layers.depthwiseConv2d({
          kernelSize: 3,
          padding: 'same',
          inputShape: [8, 8, 4],
          name: 'depthwise',
        }),
        tf.layers.separableConv2d({ filters: 6, kernelSize: 3, padding: 'same', name: 'separable' }),
        tf.layers.conv2dTranspose({
          filters: 2,
          kernelSize: 3,
          strides: 2,
          padding: 'same',
          name: 'transpose',
        }),
        tf.layers.conv2d({
          filters: 5,
          kernelSize: 3,
          padding: 'same',
          dataFormat: 'channelsFirst',
          name: 'first',
        }),
      ],
    });
    const rows = layerTable(model);
    assert.deepEqual(
      rows.map((row) => [row.name, row.multiplyAdds]),
      [
        ['depthwise', 8 * 8 * 4 * (3 * 3)],
        ['separable', 8 * 8 * 4 * (3 * 3) + 8 * 8 * 4 * 6],
        ['transpose', 8 * 8 * 6 * (3 * 3) * 2],
        ['first', 16 * 2 * 5 * (3 * 3 * 16)], // [batch, 16, 16, 2] read as 16 channels of 16x2 pixels
      ],
    );
    assert.deepEqual(
      rows.map((row) => row.inputs),
      [[], ['depthwise'], ['separable'], ['transpose']],
    );
    model.dispose();
  });
});

test('the work of a convolution on images of open size is NaN, never a wrong number', async () => {
  await withoutLeaks(() => {
    const images = tf.input({ shape: [null, null, 3] });
    const model = tf.model({ inputs: images, outputs: residualBlock(images, 4) });
    const row = rowOf(layerTable(model), 'block1_conv1');
    assert.deepEqual(row.outputShape, [null, null, null, 4]);
    assert.ok(Number.isNaN(row.multiplyAdds));
    assert.equal(row.parameters, 3 * 3 * 3 * 4 + 4);
    model.dispose();
  });
});
