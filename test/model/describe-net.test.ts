import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cifarResNetConfig } from '../../lib/src/model/cifar-resnet';
import { describe, type PartRow } from '../../lib/src/model/describe-net';
import { imageNetResNetConfig } from '../../lib/src/model/imagenet-resnet';
import { ResNet } from '../../lib/src/model/resnet';
import { withoutLeaks } from '../no-leaks';

const column = <Key extends keyof PartRow>(parts: readonly PartRow[], key: Key) =>
  parts.map((part) => part[key]);

test('ResNet-20, part by part: the shapes of the paper, its 20 layers, and what an image passes through', async () => {
  await withoutLeaks(() => {
    const parts = describe(cifarResNetConfig(20));
    assert.deepEqual(column(parts, 'part'), ['stem', 'stage 1', 'stage 2', 'stage 3', 'head', 'total']);
    assert.deepEqual(column(parts, 'output'), [
      [32, 32, 16],
      [32, 32, 16],
      [16, 16, 32],
      [8, 8, 64],
      [10],
      [10],
    ]);
    assert.deepEqual(column(parts, 'layers'), [1, 6, 6, 6, 1, 20]);
    assert.deepEqual(column(parts, 'receptiveField'), [3, 15, 37, 81, Number.POSITIVE_INFINITY, 81]); // 2 px a layer, then 4, then 8
    const [stem, , , , head, total] = parts;
    assert.deepEqual([stem.trainable, stem.parameters], [27 * 16 + 2 * 16, 27 * 16 + 4 * 16]);
    assert.equal(stem.multiplyAdds, 27 * 16 * 32 * 32);
    assert.equal(stem.activationBytes, 4 * 32 * 32 * (3 + 3 * 16)); // images, convolution, norm, ReLU
    assert.deepEqual([head.trainable, head.activationBytes], [650, 4 * (64 + 10)]);
    for (const key of ['layers', 'trainable', 'parameters', 'multiplyAdds', 'activationBytes'] as const) {
      const sum = column(parts.slice(0, -1), key).reduce((a, b) => a + b);
      assert.equal(total[key], sum, key);
    }
  });
});

test('depth is what the papers count: without shortcuts, and without squeeze and excitation', async () => {
  await withoutLeaks(() => {
    for (const depth of [18, 34, 50, 101, 152]) {
      assert.equal(describe(imageNetResNetConfig(depth, { squeezeExcitation: 16 })).at(-1)!.layers, depth);
    }
    for (const [depth, version] of [
      [56, 1],
      [110, 2],
      [164, 2],
    ] as const) {
      assert.equal(describe(cifarResNetConfig(depth, { version })).at(-1)!.layers, depth);
    }
  });
});

test('with squeeze and excitation every block sees the whole image, and so does the net', async () => {
  await withoutLeaks(() => {
    const fields = column(describe(cifarResNetConfig(8, { squeezeExcitation: 16 })), 'receptiveField');
    assert.deepEqual(fields, [3, ...Array(5).fill(Number.POSITIVE_INFINITY)]);
  });
});

test('images of another size cost more or less work and have the same parameters', async () => {
  await withoutLeaks(() => {
    const totalOf = (side: number) =>
      describe(imageNetResNetConfig(18, { inputShape: [side, side, 3] })).at(-1)!;
    const [small, large] = [totalOf(64), totalOf(128)];
    assert.equal(small.parameters, large.parameters);
    const convolutions = (total: PartRow) => total.multiplyAdds - 512 * 1000;
    assert.equal(convolutions(large), 4 * convolutions(small));
  });
});

test("a model of one's own is described too, and stays; one of open size is refused", async () => {
  await withoutLeaks(() => {
    const model = ResNet(10);
    const parts = describe(model);
    assert.deepEqual(column(parts, 'part'), ['stem', 'block 1', 'block 2', 'block 3', 'head', 'total']);
    assert.equal(parts.at(-1)!.parameters, 329_898);
    model.dispose();
    assert.throws(() => describe({ ...cifarResNetConfig(20), inputShape: [null, null, 3] }), {
      name: 'TypeError',
      message: 'cannot count cifar_resnet20; height and width must be known: [null, null, 3]',
    });
  });
});
