import assert from 'node:assert/strict';
import test from 'node:test';
import type { LayersModel, layers, SymbolicTensor, Tensor } from '@tensorflow/tfjs-node-gpu';
import {
  fusedBatchNormalization,
  fusedBatchNormCall,
  isStockBatchNorm,
} from '../../lib/src/model/batch-normalization';
import { tf } from '../../lib/src/tensorflow/load';
import { difference, disposeOptimizer, noiseTensor } from '../compile/compared';
import { withoutLeaks } from '../no-leaks';

type Config = Parameters<typeof tf.layers.batchNormalization>[0];

/** The layer called on x, by turns in training and in inference, with what becomes of its weights. */
function calls(layer: layers.Layer, x: Tensor): number[][] {
  return tf.tidy(() => {
    layer.build(x.shape);
    const shown: number[][] = [];
    for (const training of [true, false, true, false]) {
      const y = layer.apply(x, { training }) as Tensor;
      shown.push([...y.dataSync()], ...layer.getWeights().map((weight) => [...weight.dataSync()]));
    }
    return shown;
  });
}

/** A layer that is in no model cannot be disposed. */
function disposeWeights(...unused: layers.Layer[]): void {
  for (const weight of unused.flatMap(({ weights }) => weights)) weight.dispose();
}

async function assertAlike(config: Config, shape: number[]): Promise<void> {
  await withoutLeaks(() => {
    const x = noiseTensor(shape, 1);
    const [ours, theirs] = [fusedBatchNormalization(config), tf.layers.batchNormalization(config)];
    const [actual, expected] = [calls(ours, x), calls(theirs, x)];
    assert.equal(actual.length, expected.length);
    actual.forEach((values, i) => {
      assert.ok(difference(values, expected[i]) < 1e-5, `value ${i}: ${values} instead of ${expected[i]}`);
    });
    disposeWeights(ours, theirs);
    x.dispose();
  });
}

test('on images it computes what TensorFlow.js does, and moves the statistics alike', async () => {
  await assertAlike({}, [4, 5, 3, 2]);
  await assertAlike({ momentum: 0.5, epsilon: 0.1 }, [4, 5, 3, 2]);
  await assertAlike({ axis: 3, gammaInitializer: 'zeros', betaInitializer: 'ones' }, [4, 5, 3, 2]);
});

test('on anything but images with channels last it is called as TensorFlow.js has it', async () => {
  await assertAlike({}, [6, 3]);
  await assertAlike({}, [6, 4, 3]);
  await assertAlike({ axis: 1 }, [4, 5, 3, 2]);
});

test('without gamma or beta it normalises all the same, where TensorFlow.js fails', async () => {
  await withoutLeaks(() =>
    tf.tidy(() => {
      const x = noiseTensor([4, 5, 3, 2], 1);
      const norm = fusedBatchNormalization({ scale: false, center: false });
      const y = norm.apply(x, { training: true }) as Tensor;
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      const expected = x.sub(mean).div(variance.add(1e-3).sqrt());
      assert.ok(difference(y.dataSync(), expected.dataSync()) < 1e-5);
      const stock = tf.layers.batchNormalization({ scale: false, center: false });
      assert.throws(() => stock.apply(x, { training: true }), TypeError); // else this test has become needless
      disposeWeights(norm, stock);
    }),
  );
});

function modelOf(norm: layers.Layer): LayersModel {
  const images = tf.input({ shape: [4, 4, 3] });
  const kernelInitializer = tf.initializers.glorotUniform({ seed: 1 });
  let x = tf.layers.conv2d({ filters: 2, kernelSize: 3, kernelInitializer }).apply(images) as SymbolicTensor;
  x = tf.layers.flatten().apply(norm.apply(x)) as SymbolicTensor;
  const head = tf.layers.dense({ units: 2, kernelInitializer });
  return tf.model({ inputs: images, outputs: head.apply(x) as SymbolicTensor });
}

test('a model with it trains as one with the layer of TensorFlow.js', async () => {
  await withoutLeaks(async () => {
    const [x, y] = [noiseTensor([8, 4, 4, 3], 1), noiseTensor([8, 2], 2)];
    const trained: number[][] = [];
    for (const norm of [fusedBatchNormalization({}), tf.layers.batchNormalization({})]) {
      const model = modelOf(norm);
      model.compile({ optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError' });
      const losses: number[] = [];
      for (let step = 0; step < 5; step++) losses.push((await model.trainOnBatch(x, y)) as number);
      trained.push(
        losses,
        model.getWeights().flatMap((weight) => [...weight.dataSync()]),
      );
      disposeOptimizer(model.optimizer);
      model.dispose();
    }
    assert.ok(difference(trained[0], trained[2]) < 1e-5, `${trained[0]} instead of ${trained[2]}`);
    assert.ok(difference(trained[1], trained[3]) < 1e-5);
    tf.dispose([x, y]);
  });
});

test('it has the class name of the layer of TensorFlow.js, and a saved model has it when it is loaded', async () => {
  const model = modelOf(fusedBatchNormalization({ momentum: 0.7, name: 'norm' }));
  const config = model.toJSON(undefined, false) as unknown as object;
  const copy = (await tf.models.modelFromJSON(config as never)) as LayersModel;
  const norm = copy.getLayer('norm');
  assert.equal(norm.getClassName(), 'BatchNormalization');
  assert.equal((norm as unknown as { momentum: number }).momentum, 0.7);
  assert.equal(isStockBatchNorm(norm), false);
  for (const each of [model, copy]) each.dispose();
});

test('layers of TensorFlow.js are told from ours, and may be called as ours are', async () => {
  await withoutLeaks(() => {
    const stock = tf.layers.batchNormalization({});
    const ours = fusedBatchNormalization({});
    assert.deepEqual([stock, ours, tf.layers.reLU()].map(isStockBatchNorm), [true, false, false]);
    const x = noiseTensor([4, 5, 3, 2], 1);
    const call = fusedBatchNormCall(stock, stock.call);
    tf.tidy(() => {
      for (const layer of [stock, ours]) layer.build(x.shape);
      const [y, expected] = [call(x, { training: true }), ours.apply(x, { training: true })] as Tensor[];
      assert.deepEqual(y.dataSync(), expected.dataSync());
      const weights = [stock, ours].map((layer) =>
        layer.getWeights().map((weight) => [...weight.dataSync()]),
      );
      assert.deepEqual(weights[0], weights[1]);
    });
    disposeWeights(stock, ours);
    x.dispose();
  });
});
