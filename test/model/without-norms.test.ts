import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { buildResNet } from '../../lib/src/model/build-resnet';
import { cifarResNet, cifarResNetConfig } from '../../lib/src/model/cifar-resnet';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';

const classes = (model: LayersModel) => model.layers.map((layer) => layer.getClassName());

/** Root mean square. */
const sizeOf = (x: Tensor) => tf.tidy(() => x.square().mean().sqrt().dataSync()[0]);

test('a net without norms has none, and a bias in every convolution', async () => {
  await withoutLeaks(() => {
    for (const version of [1, 2] as const) {
      for (const shortcut of ['A', 'B', 'C', 'none'] as const) {
        const model = cifarResNet(8, { version, shortcut, norm: false });
        assert.ok(!classes(model).includes('BatchNormalization'));
        const convolutions = model.layers.filter((layer) => layer.getClassName() === 'Conv2D');
        assert.ok(convolutions.length >= 7);
        for (const { name, weights } of convolutions) assert.equal(weights.length, 2, name);
        model.dispose();
      }
    }
  });
});

test('biases can be refused, and beside norms there are none by default', () => {
  const counted = (options: Parameters<typeof cifarResNet>[1]) => {
    const model = cifarResNet(8, { shortcut: 'none', ...options });
    const count = model.countParams();
    model.dispose();
    return count;
  };
  const channels = 3 * 16 + 2 * 32 + 2 * 64; // of the seven convolutions
  const bare = counted({ norm: false, convBias: 'never' });
  assert.equal(counted({ norm: false }) - bare, channels);
  assert.equal(counted({}) - bare, 4 * channels); // gamma, beta, two moving averages
});

test('its kernels are as large as He et al. want them, and those before a norm as TensorFlow.js draws them', () => {
  for (const [norm, factor] of [
    [false, 1],
    [undefined, 0.8796],
  ] as const) {
    const model = cifarResNet(8, { norm, seed: 1 });
    const [kernel] = model.getLayer('stage3_block1_2_conv').getWeights();
    const expected = factor * Math.sqrt(2 / (3 * 3 * 64));
    assert.ok(Math.abs(sizeOf(kernel) / expected - 1) < 0.01, `${sizeOf(kernel)}, not ${expected}`);
    model.dispose();
  }
});

test('over 50 layers the signal of a plain net loses little but what zeros at the borders cost, that of a residual one grows', () => {
  for (const [shortcut, least, most] of [
    ['none', 0.9 ** 48, 1], // with kernels as TensorFlow.js draws them 0.8 ** 48
    ['A', 1.3 ** 24, 2 ** 24],
  ] as const) {
    const config = cifarResNetConfig(50, { shortcut, norm: false, inputShape: [16, 16, 3] });
    const oneSize = config.stages.map(({ blocks }) => ({ blocks, width: 16, strides: 1 }));
    const net = buildResNet({ ...config, stages: oneSize }, { seed: 1 });
    const ends = ['stem_relu', 'stage3_block8_relu'].map(
      (name) => net.getLayer(name).output as tf.SymbolicTensor,
    );
    const part = tf.model({ inputs: net.inputs, outputs: ends });
    tf.tidy(() => {
      const [first, last] = part.predict(tf.randomUniform([4, 16, 16, 3], 0, 1, 'float32', 1)) as Tensor[];
      const growth = sizeOf(last) / sizeOf(first);
      assert.ok(growth > least && growth < most, `${shortcut}: ${growth}`);
    });
    net.dispose();
  }
});

test('what would change a norm is refused where there is none', () => {
  for (const option of ['zeroInit', 'shortcutNorm']) {
    assert.throws(() => cifarResNet(8, { norm: false, [option]: true }), {
      name: 'TypeError',
      message: `invalid ${option}; a net without norms has none to change: true`,
    });
  }
});
