import assert from 'node:assert/strict';
import test from 'node:test';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { pixelStatistics } from '../../lib/src/data/pixel-statistics';
import type { Split } from '../../lib/src/data/split';
import { Normalization, normalization } from '../../lib/src/model/normalization';
import { tf } from '../../lib/src/tensorflow/load';
import { difference } from '../compile/compared';
import { withoutLeaks } from '../no-leaks';
import { tinySplit } from '../train/tiny-problem';

function modelOf(statistics: Parameters<typeof normalization>[0], channels = 3): LayersModel {
  const inputs = tf.input({ shape: [4, 4, channels] });
  return tf.model({ inputs, outputs: normalization(statistics, { name: 'norm' })(inputs) });
}

/** The images of a split as 0..1, the caller's. */
function pixels({ images, labels, imageShape }: Split): Tensor {
  return tf.tidy(() =>
    tf
      .tensor(Int32Array.from(images), [labels.length, ...imageShape], 'int32')
      .toFloat()
      .div(255),
  );
}

test('the channels of a split come out with mean 0 and standard deviation 1', async () => {
  const split = tinySplit(32);
  await withoutLeaks(() =>
    tf.tidy(() => {
      const { mean, variance } = tf.moments(modelOf(split).apply(pixels(split)) as Tensor, [0, 1, 2]);
      assert.ok(difference(mean.dataSync(), [0, 0, 0], 1) < 1e-5, `${mean}`);
      assert.ok(difference(variance.dataSync(), [1, 1, 1]) < 1e-4, `${variance}`);
    }),
  );
});

test('a split gives what its statistics give', async () => {
  await withoutLeaks(() =>
    tf.tidy(() => {
      const split = tinySplit(8);
      const x = pixels(split);
      const results = [split, pixelStatistics(split)].map((s) => (modelOf(s).apply(x) as Tensor).dataSync());
      assert.deepEqual(results[0], results[1]);
    }),
  );
});

test("it computes Keras's formula, in which a variance of 0 counts as that of epsilon", async () => {
  await withoutLeaks(() =>
    tf.tidy(() => {
      const layer = new Normalization({ mean: [1, 2], variance: [4, 0] });
      const y = layer.apply(tf.tensor2d([[5, 2 + 2 ** -20]])) as Tensor; // a power of 2, so that the difference is exact
      assert.ok(difference(y.dataSync(), [2, 2 ** -20 / 1e-7]) < 1e-6, `${y}`);
    }),
  );
});

test('it has no weights, and a saved model has its class name and statistics when it is loaded', async () => {
  await withoutLeaks(async () => {
    const model = modelOf({ mean: [0.1, 0.2, 0.3], std: [0.5, 0.25, 1] });
    assert.equal(model.weights.length, 0);
    const config = model.toJSON(undefined, false) as unknown as {
      config: { layers: { class_name: string }[] };
    };
    const copy = (await tf.models.modelFromJSON(config as never)) as LayersModel;
    const layer = copy.getLayer('norm');
    assert.ok(layer instanceof Normalization);
    const { axis, mean, variance, name } = layer.getConfig() as Record<string, unknown>;
    assert.deepEqual(
      { axis, mean, variance, name },
      {
        axis: -1,
        mean: [0.1, 0.2, 0.3],
        variance: [0.25, 0.0625, 1],
        name: 'norm',
      },
    );
    assert.equal(layer.getClassName(), 'Normalization');
    tf.tidy(() => {
      const x = pixels(tinySplit(2));
      const results = [model, copy].map((each) => (each.apply(x) as Tensor).dataSync());
      assert.deepEqual(results[0], results[1]);
    });
    for (const each of [model, copy]) each.dispose();
  });
});

test('compiled it computes what it does eagerly', async () => {
  await withoutLeaks(async () => {
    const model = modelOf(tinySplit(32));
    const x = pixels(tinySplit(4));
    const compiled = compile((x: Tensor) => model.apply(x) as Tensor);
    const [eager, result] = [model.apply(x) as Tensor, await compiled(x)];
    assert.ok(difference(result.dataSync(), eager.dataSync()) < 1e-6);
    tf.dispose([x, eager, result]);
    compiled.dispose();
    model.dispose();
  });
});

test('statistics that do not fit each other or the images are refused', () => {
  const refused = (config: unknown, name: string, message: string) =>
    assert.throws(() => new Normalization(config as never), { name, message });
  const [mean, variance] = [
    [0.5, 0.5],
    [1, 1],
  ];
  refused(
    { mean: 0.5, variance },
    'TypeError',
    'invalid mean; not a list of finite numbers, one for each channel: 0.5',
  );
  refused(
    { mean, variance: [1, Number.NaN] },
    'TypeError',
    'invalid variance; not a list of finite numbers, one for each channel: [1,null]',
  );
  refused({ mean, variance: [1] }, 'TypeError', 'invalid variance; not of 2 numbers as the mean: 1');
  refused({ mean, variance: [1, -1] }, 'RangeError', 'invalid variance; not at least 0: -1');
  refused({ axis: 1, mean, variance }, 'TypeError', 'invalid axis; not -1, the last: 1');
  assert.throws(() => modelOf({ mean, std: variance }), {
    name: 'TypeError',
    message: 'cannot apply norm; its statistics are of 2 channels: 3',
  });
});
