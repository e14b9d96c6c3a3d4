import assert from 'node:assert/strict';
import test from 'node:test';
import type { LayersModel, layers, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { gradientFlow } from '../../lib/src/explain/gradient-flow';
import { type PathGradient, pathGradients } from '../../lib/src/explain/path-gradients';
import { cifarResNet } from '../../lib/src/model/cifar-resnet';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { tinyModel, tinySplit, weightsOf } from '../train/tiny-problem';
import { smallSplit } from './small-nets';

/** One number in; blocks x + w x, each with a weight of its own; logits (x, -x). */
function scalarBlocks(weights: readonly number[]): LayersModel {
  const kernels: number[] = [];
  const weighted = (layer: layers.Layer, x: SymbolicTensor, ...values: number[]) => {
    kernels.push(...values);
    return layer.apply(x) as SymbolicTensor;
  };
  const images = tf.input({ shape: [1, 1, 1], name: 'images' });
  const conv = (name: string) => tf.layers.conv2d({ filters: 1, kernelSize: 1, useBias: false, name });
  let x = weighted(conv('stem'), images, 1);
  for (const [i, weight] of weights.entries()) {
    const branch = weighted(conv(`block${i + 1}_conv`), x, weight);
    x = tf.layers.add({ name: `block${i + 1}_add` }).apply([x, branch]) as SymbolicTensor;
  }
  const flat = tf.layers.flatten({ name: 'flat' }).apply(x) as SymbolicTensor;
  const head = tf.layers.dense({ units: 2, useBias: false, name: 'head' });
  const model = tf.model({ inputs: images, outputs: weighted(head, flat, 1, -1), name: 'scalar_blocks' });
  let at = 0;
  tf.tidy(() =>
    model.setWeights(
      model.getWeights().map(({ shape, size }) => {
        at += size;
        return tf.tensor(kernels.slice(at - size, at), shape);
      }),
    ),
  );
  return model;
}

const onePixel = {
  name: 'one pixel',
  images: Uint8Array.of(51),
  labels: Uint8Array.of(1),
  classNames: ['first', 'second'],
  imageShape: [1, 1, 1] as const,
};

async function all(paths: AsyncIterable<PathGradient>): Promise<PathGradient[]> {
  const found: PathGradient[] = [];
  for await (const path of paths) found.push(path);
  return found;
}

const close = (value: number, expected: number, tolerance = 1e-5) =>
  assert.ok(Math.abs(value - expected) <= tolerance * Math.abs(expected), `${value}, not ${expected}`);

for (const compile of [{}, false] as const) {
  test(`each branch on the way multiplies by its weight, ${compile ? 'compiled' : 'eager'}`, async () => {
    const model = scalarBlocks([0.5, 0.5, 0.5]);
    const paths = await all(pathGradients(model, onePixel, { compile }));
    assert.deepEqual(
      paths.map(({ length, done, total }) => [length, done, total]),
      [0, 1, 2, 3].map((length) => [length, length + 1, 4]),
    );
    for (const { length, norm } of paths) close(norm, paths[0].norm * 0.5 ** length);
    const { layers } = await gradientFlow(model, onePixel);
    close(layers[0].arriving, paths[0].norm * (1 + 0.5) ** 3); // the sum over all eight ways
  });
}

test('the root mean square over ways of one length goes over blocks chosen at random, the same by the same seed', async () => {
  const model = scalarBlocks([0.1, 0.2]);
  const many = await all(pathGradients(model, onePixel, { samples: 40 }));
  const share = many[1].norm / many[0].norm;
  assert.ok(share > 0.14 && share < 0.18, `${share}`); // sqrt((0.01 + 0.04) / 2) = 0.158
  close(many[2].norm, many[0].norm * 0.1 * 0.2);
  const again = await all(pathGradients(model, onePixel, { samples: 40 }));
  assert.equal(again[1].norm, many[1].norm);
});

test('a residual net is followed compiled as eager, and neither it nor the number of tensors changes', async () => {
  const model = cifarResNet(8, { inputShape: [8, 8, 3], classes: 3, shortcut: 'B', seed: 1 });
  const before = weightsOf(model);
  const [compiled, eager] = [
    await withoutLeaks(() => all(pathGradients(model, smallSplit(12), { samples: 1 }))),
    await withoutLeaks(() => all(pathGradients(model, smallSplit(12), { samples: 1, compile: false }))),
  ];
  assert.equal(compiled.length, 4);
  for (const [i, { norm }] of compiled.entries()) close(norm, eager[i].norm, 1e-3);
  assert.deepEqual(weightsOf(model), before);
});

test('a net without blocks, no sample and an abort are told', async () => {
  const model = scalarBlocks([1]);
  await assert.rejects(all(pathGradients(tinyModel(), tinySplit(3))), {
    name: 'TypeError',
    message: /^cannot follow paths; .* has no residual block, ending in \.\.\._add$/,
  });
  await assert.rejects(all(pathGradients(model, onePixel, { samples: 0 })), {
    name: 'RangeError',
    message: 'invalid samples; not a positive integer: 0',
  });
  const signal = AbortSignal.abort(new Error('enough'));
  await assert.rejects(all(pathGradients(model, onePixel, { signal })), { message: 'enough' });
  await assert.rejects(
    all(pathGradients(model, { ...onePixel, images: new Uint8Array(), labels: new Uint8Array() })),
    { name: 'RangeError', message: 'empty split; at least one image is needed: one pixel has 0' },
  );
});
