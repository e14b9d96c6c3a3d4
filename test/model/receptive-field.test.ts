import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildResNet } from '../../lib/src/model/build-resnet';
import { imageNetResNetConfig } from '../../lib/src/model/imagenet-resnet';
import { receptiveFields } from '../../lib/src/model/receptive-field';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';

/** Araujo et al. 2019, table 1, whose ResNets are of version 1. */
const PUBLISHED = { 50: 483, 101: 1027, 152: 1507 };

for (const [depth, pixels] of Object.entries(PUBLISHED)) {
  test(`an output of ResNet-${depth}'s last stage depends on ${pixels} pixels, as published`, async () => {
    await withoutLeaks(() => {
      const model = buildResNet(imageNetResNetConfig(Number(depth), { version: 1 }), { seed: null });
      const fields = [...receptiveFields(model)];
      const last = fields.filter(([name]) => name.startsWith('stage4_')).at(-1)!;
      assert.equal(last[1], pixels);
      assert.deepEqual(fields.at(-1), ['head_dense', Number.POSITIVE_INFINITY]);
      model.dispose();
    });
  });
}

test('the field is as wide as the pixels of a row that can change an output', async () => {
  await withoutLeaks(() =>
    tf.tidy(() => {
      const images = tf.input({ shape: [41, 41, 1] });
      const kernelInitializer = 'ones' as const; // nothing cancels
      const layers = [
        tf.layers.conv2d({ filters: 1, kernelSize: 5, strides: 2, kernelInitializer }),
        tf.layers.averagePooling2d({ poolSize: 3, strides: 2 }),
        tf.layers.conv2d({ filters: 1, kernelSize: 3, dilationRate: 2, kernelInitializer }),
      ];
      const output = layers.reduce((x, layer) => layer.apply(x) as typeof images, images);
      const model = tf.model({ inputs: images, outputs: output });
      const eachPixel = tf.eye(41).reshape([41, 1, 41, 1]); // of the middle row, in an image of its own
      const x = eachPixel.pad([[0, 0], [20, 20], [0, 0], [0, 0]]); // biome-ignore format: one axis after the other
      const middle = (model.predict(x) as typeof x).slice([0, 2, 2, 0], [41, 1, 1, 1]);
      const changed = middle.greater(0).sum().dataSync()[0];
      const fields = receptiveFields(model);
      assert.equal(fields.get(layers[2].name), changed);
      assert.equal(changed, 25); // 5, then 2 * 2, then 4 * 4
      model.dispose();
    }),
  );
});
