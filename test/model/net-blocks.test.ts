/** Every kind of block: its shapes, its gradient against finite differences, compiled steps against eager ones. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LayersModel, Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { seededRandom } from '../../lib/src/data/random';
import type { Split } from '../../lib/src/data/split';
import { buildResNet } from '../../lib/src/model/build-resnet';
import type { ResNetConfig } from '../../lib/src/model/resnet-config';
import { sgd } from '../../lib/src/optimizers/sgd';
import { tf } from '../../lib/src/tensorflow/load';
import { train } from '../../lib/src/train/train';
import { withoutLeaks } from '../no-leaks';

const SMALL: ResNetConfig = {
  name: 'small',
  inputShape: [9, 8, 3], // an odd height too
  classes: 3,
  stem: '3x3',
  stemWidth: 4,
  block: 'basic',
  version: 1,
  shortcut: 'B',
  stages: [
    { blocks: 1, width: 4, strides: 1 },
    { blocks: 2, width: 6, strides: 2 },
  ],
};

const KINDS: Record<string, Partial<ResNetConfig>> = {
  'basic, shortcut A': { shortcut: 'A' },
  'basic, shortcut B': {},
  'basic, shortcut C': { shortcut: 'C' },
  'basic, plain': { shortcut: 'none' },
  'basic, a shortcut without norm': { shortcutNorm: false, convBias: 'unnormed' },
  bottleneck: { block: 'bottleneck' },
  'bottleneck, the stride in its 3x3': { block: 'bottleneck', version: 1.5 },
  'bottleneck, with biases': { block: 'bottleneck', convBias: 'always' },
  'bottleneck, plain': { block: 'bottleneck', version: 1.5, shortcut: 'none' },
  'pre-activation, basic': { version: 2 },
  'pre-activation, basic, shortcut A': { version: 2, shortcut: 'A' },
  'pre-activation, basic, plain': { version: 2, shortcut: 'none' },
  'pre-activation, bottleneck': { version: 2, block: 'bottleneck' },
  'pre-activation, bottleneck, the stride in the last block': {
    version: 2,
    block: 'bottleneck',
    strideAt: 'last',
    convBias: 'unnormed',
  },
  'ResNet-D': { stem: 'deep', shortcutPool: true, block: 'bottleneck', version: 1.5 },
  'squeeze and excitation': { squeezeExcitation: 2 },
  'basic, without norms': { norm: false, shortcut: 'C' },
  'basic, plain, without norms': { norm: false, shortcut: 'none' },
  'pre-activation, without norms': { norm: false, version: 2 },
  'ImageNet stem': { stem: '7x7', inputShape: [33, 32, 3] },
};

const configOf = (kind: string): ResNetConfig => ({ ...SMALL, ...KINDS[kind] });

/** Bytes at random, of the shape that the configuration takes. */
function splitOf({ inputShape, classes }: ResNetConfig, n: number): Split {
  const [height, width, channels] = inputShape as [number, number, number];
  const random = seededRandom(1);
  const images = Uint8Array.from({ length: n * height * width * channels }, () => Math.floor(256 * random()));
  const labels = Uint8Array.from({ length: n }, (_, i) => i % classes);
  return {
    name: 'noise',
    images,
    labels,
    classNames: ['a', 'b', 'c'],
    imageShape: [height, width, channels],
  };
}

function dispose(model: LayersModel): void {
  const { optimizer } = model;
  model.dispose();
  optimizer?.dispose();
}

for (const kind of Object.keys(KINDS)) {
  test(`${kind}: the gradient is that of finite differences, along the steepest way`, async () => {
    await withoutLeaks(() =>
      tf.tidy(() => {
        const config = configOf(kind);
        const model = buildResNet(config, { seed: 2 });
        const { images, labels, imageShape } = splitOf(config, 6);
        const x: Tensor4D = tf.tensor4d(
          Float32Array.from(images, (byte) => byte / 255),
          [6, ...imageShape],
        );
        const y = tf.oneHot(tf.tensor1d(labels, 'int32'), 3).toFloat();
        const loss = () =>
          tf.losses.softmaxCrossEntropy(y, (model.apply(x, { training: true }) as Tensor).log()) as tf.Scalar;
        const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
        const { grads, value } = tf.variableGrads(loss, variables);
        const gradients = variables.map(({ name }) => grads[name]);
        const steepness = tf
          .addN(gradients.map((g) => g.square().sum()))
          .sqrt()
          .dataSync()[0];
        const start = variables.map((variable) => variable.clone());
        const at = (distance: number) => {
          for (const [i, variable] of variables.entries()) {
            variable.assign(start[i].add(gradients[i].mul(distance / steepness)));
          }
          return loss().dataSync()[0];
        };
        const step = 5e-4 / steepness; // so short that few ReLUs switch; rounding is a thousandth of the difference
        const difference = (at(step) - at(-step)) / (2 * step);
        assert.ok(value.dataSync()[0] > 0 && steepness > 0.1);
        assert.ok(Math.abs(difference / steepness - 1) < 0.02, `${difference}, not ${steepness}`);
        model.dispose();
      }),
    );
  });

  test(`${kind}: compiled steps are the eager ones`, async () => {
    const lossesOf = (compile: object | false) =>
      withoutLeaks(async () => {
        const config = configOf(kind);
        const model = buildResNet({ ...config, stochasticDepth: 0.3 }, { seed: 2 });
        const optimizer = sgd({ learningRate: 0.01, momentum: 0.9 });
        model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
        const losses: number[] = [];
        const split = splitOf(config, 12);
        for await (const { loss } of train(model, split, { batchSize: 6, epochs: 2, seed: 5, compile })) {
          losses.push(loss);
        }
        dispose(model);
        return losses;
      });
    const [compiled, eager] = [await lossesOf({}), await lossesOf(false)];
    assert.equal(compiled.length, 6);
    for (const [i, loss] of compiled.entries()) {
      assert.ok(Math.abs(loss / eager[i] - 1) < 2e-5, `step ${i}: ${loss}, not ${eager[i]}`);
    }
  });
}
