import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  LayersModel,
  Scalar,
  SymbolicTensor,
  Tensor,
  Tensor4D,
  Variable,
} from '@tensorflow/tfjs-node-gpu';
import { type ResidualBlockOptions, residualBlock } from '../../lib/src/model/residual-block';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';

type Shape = (number | null)[];

/** A model of one block on images of the given shape [height, width, channels]. */
function blockModel(shape: Shape, filters: number, options: ResidualBlockOptions = {}): LayersModel {
  const images = tf.input({ shape });
  return tf.model({ inputs: images, outputs: residualBlock(images, filters, options) });
}

const layerNames = (model: LayersModel) => model.layers.map((layer) => layer.name);

test('a block keeps height and width with stride 1 and halves them, rounded up, with stride 2', async () => {
  await withoutLeaks(() => {
    const outputs: [options: ResidualBlockOptions, shape: Shape][] = [
      [{}, [null, 7, 10, 6]],
      [{ strides: 2 }, [null, 4, 5, 6]],
      [{ strides: 3, kernelSize: 1 }, [null, 3, 4, 6]],
      [{ strides: 2, shortcut: false }, [null, 4, 5, 6]],
    ];
    for (const [options, expected] of outputs) {
      const model = blockModel([7, 10, 3], 6, options);
      assert.deepEqual(model.outputShape, expected);
      tf.tidy(() => {
        const out = model.predict(tf.zeros([2, 7, 10, 3])) as Tensor;
        assert.deepEqual(out.shape, [2, ...expected.slice(1)]);
      });
      model.dispose();
    }
  });
});

test('a block works on images of open height and width', async () => {
  await withoutLeaks(() => {
    const model = blockModel([null, null, 3], 4, { strides: 2 });
    assert.deepEqual(model.outputShape, [null, null, null, 4]);
    tf.tidy(() => assert.deepEqual((model.predict(tf.zeros([1, 5, 8, 3])) as Tensor).shape, [1, 3, 4, 4]));
    model.dispose();
  });
});

test('a block is conv-BN-ReLU-conv-BN plus a biased 1x1 convolution, and nothing follows the addition', async () => {
  await withoutLeaks(() => {
    const model = blockModel([4, 4, 3], 5, { kernelSize: 3 });
    const weights = Object.fromEntries(
      model.layers.map((layer) => [layer.name, layer.weights.map((weight) => weight.shape)]),
    );
    assert.deepEqual(weights.block1_conv1, [[3, 3, 3, 5], [5]]);
    assert.deepEqual(weights.block1_conv2, [[3, 3, 5, 5], [5]]);
    assert.deepEqual(weights.block1_shortcut, [[1, 1, 3, 5], [5]]);
    assert.equal(model.layers.filter((layer) => layer.getClassName() === 'ReLU').length, 1);
    assert.equal(model.layers.filter((layer) => layer.getClassName() === 'BatchNormalization').length, 2);
    assert.equal(model.outputs[0].sourceLayer.name, 'block1_add');
    tf.tidy(() => {
      const least = (model.predict(tf.randomNormal([4, 4, 4, 3], 0, 1, 'float32', 1)) as Tensor).min();
      assert.ok(least.dataSync()[0] < 0);
    });
    model.dispose();
  });
});

test('the output is F(x) plus the projected x, computed by hand from the weights', async () => {
  await withoutLeaks(() => {
    const model = blockModel([6, 6, 3], 4, { strides: 2, seed: 3 });
    tf.tidy(() => {
      const x: Tensor4D = tf.randomNormal([2, 6, 6, 3], 0, 1, 'float32', 4);
      const conv = (name: string, input: Tensor4D, strides: number): Tensor4D => {
        const [kernel, bias] = model.getLayer(`block1_${name}`).getWeights();
        return tf.conv2d(input, kernel as Tensor4D, strides, 'same').add(bias);
      };
      const norm = (y: Tensor4D): Tensor4D => y.div(Math.sqrt(1 + 1e-3)); // the statistics start at mean 0 and variance 1
      const residual = norm(conv('conv2', tf.relu(norm(conv('conv1', x, 2))), 1));
      const byHand = residual.add(conv('shortcut', x, 2));
      const off = tf.max(tf.abs(tf.sub(byHand, model.predict(x) as Tensor)));
      assert.ok(off.dataSync()[0] < 1e-5, `off by ${off.dataSync()[0]}`);
    });
    model.dispose();
  });
});

test('the plain twin has the same two convolutions and no shortcut', async () => {
  await withoutLeaks(() => {
    const model = blockModel([4, 4, 3], 5, { shortcut: false, seed: 1 });
    const expected = ['block1_conv1', 'block1_bn1', 'block1_relu', 'block1_conv2', 'block1_bn2'];
    assert.deepEqual(layerNames(model).slice(1), expected);
    const residual = blockModel([4, 4, 3], 5, { seed: 1 });
    for (const name of ['block1_conv1', 'block1_conv2']) {
      const [plain, twin] = [model, residual].map((each) => each.getLayer(name).getWeights()[0].dataSync());
      assert.deepEqual(plain, twin);
    }
    model.dispose();
    residual.dispose();
  });
});

test('blocks built on one another are numbered by themselves, around names that are taken', async () => {
  await withoutLeaks(() => {
    const images = tf.input({ shape: [4, 4, 2] });
    let x = residualBlock(images, 2);
    x = residualBlock(x, 2, { name: 'block2', shortcut: false });
    x = residualBlock(x, 2);
    x = residualBlock(x, 2, { name: 'last' });
    const model = tf.model({ inputs: images, outputs: x });
    const prefixes = new Set(
      layerNames(model)
        .slice(1)
        .map((name) => name.split('_')[0]),
    );
    assert.deepEqual([...prefixes].sort(), ['block1', 'block2', 'block3', 'last']);
    model.dispose();
  });
});

test('the same seed repeats a block, and the two blocks of one seed differ', async () => {
  await withoutLeaks(() => {
    const kernels = () => {
      const images = tf.input({ shape: [4, 4, 3] });
      const x = residualBlock(residualBlock(images, 3, { seed: 5 }), 3, { seed: 5 });
      const model = tf.model({ inputs: images, outputs: x });
      const read = ['block1_conv1', 'block1_conv2', 'block2_conv1'].map((name) => [
        ...model.getLayer(name).getWeights()[0].dataSync(),
      ]);
      model.dispose();
      return read;
    };
    const [conv1, conv2, secondConv1] = kernels();
    assert.deepEqual(kernels(), [conv1, conv2, secondConv1]);
    assert.notDeepEqual(conv1, conv2);
    assert.notDeepEqual(conv1, secondConv1);
  });
});

for (const shortcut of [true, false]) {
  test(`gradients through a block ${shortcut ? 'with' : 'without'} shortcut agree with finite differences`, async () => {
    await withoutLeaks(() => {
      const model = blockModel([6, 6, 3], 4, { strides: 2, shortcut, seed: 2 });
      const images = tf.tidy(() => tf.variable(tf.randomNormal([4, 6, 6, 3], 0, 1, 'float32', 8)));
      const wanted = tf.randomNormal([4, 3, 3, 4], 0, 1, 'float32', 9);
      const loss = () =>
        tf.squaredDifference(model.apply(images, { training: true }) as Tensor, wanted).mean() as Scalar;
      const named = model.layers
        .flatMap((layer) => layer.trainableWeights)
        .map((each) => each.read() as Variable);
      const { value, grads } = tf.variableGrads(loss, [images, ...named]);
      for (const variable of [images, ...named]) {
        const gradient = grads[variable.name];
        const length = Math.hypot(...gradient.dataSync());
        if (/_conv\d\/bias/.test(variable.name)) {
          assert.ok(length < 1e-6, `${variable.name}: ${length}`); // batch norm subtracts such a bias again
          continue;
        }
        const slope = slopeAlong(gradient, variable, loss);
        assert.ok(
          Math.abs(slope / length - 1) < 0.01,
          `${variable.name}: slope ${slope}, gradient ${length}`,
        );
      }
      tf.dispose([value, grads, images, wanted]);
      model.dispose();
    });
  });
}

/** Slope of the loss along the gradient, by a central difference; it should be the gradient's length. */
function slopeAlong(gradient: Tensor, variable: Variable, loss: () => Scalar): number {
  return tf.tidy(() => {
    const start = variable.clone();
    const direction = gradient.div(gradient.norm());
    const step = 0.01; // float32: much less drowns in rounding, much more leaves the straight part
    const lossAt = (distance: number) => {
      variable.assign(start.add(direction.mul(distance)));
      return loss().dataSync()[0];
    };
    const slope = (lossAt(step) - lossAt(-step)) / (2 * step);
    variable.assign(start);
    return slope;
  });
}

test('what no block can be built from is refused, and nothing is left behind', async () => {
  await withoutLeaks(() => {
    const images = tf.input({ shape: [32, 32, 3] });
    const refuses = (message: string, filters: unknown, options?: unknown, x: unknown = images) => {
      const kind =
        typeof filters === 'number' && message.startsWith('invalid filters') ? RangeError : TypeError;
      assert.throws(() => residualBlock(x as never, filters as never, options as never), new kind(message));
    };
    refuses('invalid filters; not a positive integer: 0', 0);
    refuses('invalid filters; not a positive integer: -8', -8);
    refuses('invalid filters; not a positive integer: NaN', Number.NaN);
    refuses('invalid filters; not a positive integer: "32"', '32');
    refuses('invalid filters; not a positive integer: undefined', undefined);
    refuses('invalid kernelSize; not a positive integer: [3,3]', 8, { kernelSize: [3, 3] });
    refuses('invalid strides; not a positive integer: null', 8, { strides: null });
    refuses('invalid shortcut; not a boolean: 1', 8, { shortcut: 1 });
    refuses('invalid name; not a text: ""', 8, { name: '' });
    refuses('invalid name; not a text: 1', 8, { name: 1 });

    const block = (options: ResidualBlockOptions) => () => residualBlock(images, 8, options);
    assert.throws(block({ kernelSize: 0 }), new RangeError('invalid kernelSize; not a positive integer: 0'));
    assert.throws(block({ strides: 1.5 }), new RangeError('invalid strides; not a positive integer: 1.5'));
    assert.throws(block({ seed: 0.1 }), new RangeError('invalid seed; not an integer: 0.1'));

    const takes = 'residualBlock takes { kernelSize, strides, shortcut, name, seed }';
    refuses(`unknown option; ${takes}: stride`, 8, { stride: 2 });
    refuses(`invalid options; ${takes}: 2`, 8, 2);

    const rank = (shape: string) => `invalid x; shape is not [batch, height, width, channels]: ${shape}`;
    refuses(rank('[null,32,3]'), 8, {}, tf.input({ shape: [32, 3] }));
    refuses(rank('[null]'), 8, {}, tf.input({ shape: [] }));
    const open: SymbolicTensor = tf.input({ shape: [32, 32, null] });
    refuses('invalid x; number of channels is unknown: [null,32,32,null]', 8, {}, open);
    const tensor = tf.zeros([1, 32, 32, 3]);
    refuses('invalid x; not what a layer or tf.input() returns: Tensor', 8, {}, tensor);
    refuses('invalid x; not what a layer or tf.input() returns: null', 8, {}, null);
    tensor.dispose();
  });
});
