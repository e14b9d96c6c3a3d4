/** Models, whose variables a session holds: what JavaScript sees and sets, while functions are there and after them. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { GraphSession } from '../../lib/src/compile/graph-session';
import { tf } from '../../lib/src/tensorflow/load';
import { functionsOf } from '../../lib/src/train/model-functions';
import { train } from '../../lib/src/train/train';
import { withoutLeaks } from '../no-leaks';
import { tinyModel, tinySplit, weightsOf } from '../train/tiny-problem';
import { disposeOptimizer, stepOf } from './compared';

/** Takes some steps on the tiny problem; the model's session stays. */
async function trainSteps(model: LayersModel, steps: number): Promise<number[]> {
  const losses: number[] = [];
  for await (const record of train(model, tinySplit(8 * steps), { epochs: 1, batchSize: 8 })) {
    if (record.kind === 'step') losses.push(record.loss);
  }
  return losses;
}

test('getWeights, predict and save see what a compiled step did', async () => {
  const model = tinyModel();
  const before = weightsOf(model);
  await trainSteps(model, 2);
  const after = weightsOf(model);
  assert.ok(after.some((weight, i) => weight !== before[i]));

  const saved: ArrayBuffer[] = [];
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved.push(artifacts.weightData as ArrayBuffer);
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  assert.deepEqual([...new Float32Array(saved[0])], after);

  const twin = tinyModel();
  twin.setWeights(model.getWeights());
  const x = tf.ones([2, 4, 4, 3]);
  const [own, theirs] = [model.predict(x), twin.predict(x)] as Tensor[];
  assert.deepEqual(own.dataSync(), theirs.dataSync());
  tf.dispose([x, own, theirs]);
  for (const each of [model, twin]) each.dispose();
});

test('setWeights is seen by the next step', async () => {
  const [model, twin] = [tinyModel(), tinyModel()];
  const initial = model.getWeights().map((weight) => weight.clone());
  const first = await trainSteps(model, 1);
  await trainSteps(model, 3);
  model.setWeights(initial);
  assert.deepEqual(await trainSteps(model, 1), first);
  tf.dispose(initial);
  for (const each of [model, twin]) each.dispose();
});

test('an eager step of model.fit may come between two compiled ones', async () => {
  const [model, twin] = [tinyModel(), tinyModel()];
  const [x, y] = [
    tf.randomUniform([8, 4, 4, 3], 0, 1, 'float32', 1),
    tf.oneHot([0, 1, 2, 0, 1, 2, 0, 1], 3).toFloat(),
  ];
  await trainSteps(model, 2);
  await model.trainOnBatch(x, y);
  const compiled = await trainSteps(model, 2);

  for await (const _ of train(twin, tinySplit(16), { epochs: 1, batchSize: 8, compile: false }));
  await twin.trainOnBatch(x, y);
  const eager: number[] = [];
  for await (const record of train(twin, tinySplit(16), { epochs: 1, batchSize: 8, compile: false })) {
    if (record.kind === 'step') eager.push(record.loss);
  }
  for (const [i, loss] of compiled.entries()) {
    assert.ok(Math.abs(loss / eager[i] - 1) < 1e-4, `step ${i + 1}: ${loss}, eagerly ${eager[i]}`);
  }
  tf.dispose([x, y]);
  for (const each of [model, twin]) each.dispose();
});

test('training, evaluation and prediction of one model share its variables', async () => {
  const model = tinyModel();
  await trainSteps(model, 2);
  const { predict } = functionsOf(model);
  const predicted = async () => {
    const feed = predict.feed({ dtype: 'uint8', shape: [1, 4, 4, 3] });
    feed.values.fill(255 as never);
    const [values] = await predict.call([feed]);
    feed.dispose();
    return [...values];
  };
  const eagerly = () => tf.tidy(() => [...(model.predict(tf.ones([1, 4, 4, 3])) as Tensor).dataSync()]);
  const assertAlike = (actual: unknown[], expected: number[]) => {
    const close = actual.every((value, i) => Math.abs(Number(value) - expected[i]) < 1e-6);
    assert.ok(close, `${actual}, eagerly ${expected}`);
  };
  const first = await predicted();
  assertAlike(first, eagerly());
  await trainSteps(model, 2);
  const second = await predicted();
  assert.notDeepEqual(second, first);
  assertAlike(second, eagerly());
  model.dispose();
});

test('a layer that two models share has one set of weights, in two sessions', async () => {
  await withoutLeaks(async () => {
    const shared = tf.layers.dense({
      units: 2,
      kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
      name: 'shared',
    });
    const models = [1, 2].map(() => {
      const input = tf.input({ shape: [3] });
      const model = tf.model({ inputs: input, outputs: shared.apply(input) as typeof input });
      model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
      return model;
    });
    const steps = models.map((model) => compile(stepOf(model)));
    const [x, y] = [tf.ones([4, 3]), tf.zeros([4, 2])];
    const losses: number[] = [];
    for (const at of [0, 1, 0, 0, 1, 1]) {
      const result = await steps[at](x, y);
      losses.push(result.values[0].dataSync()[0]);
      tf.dispose(result);
    }
    assert.ok(
      losses.every((loss, i) => i === 0 || loss < losses[i - 1]),
      `${losses}`,
    );
    const ratios = losses.slice(1).map((loss, i) => loss / losses[i]); // each step shrinks the error by the same factor
    assert.ok(
      ratios.every((ratio) => Math.abs(ratio - ratios[0]) < 1e-4),
      `${ratios}`,
    );
    for (const step of steps) step.dispose();
    for (const model of models) disposeOptimizer(model.optimizer);
    for (const model of models) model.dispose();
    tf.dispose([x, y]);
  });
});

test('a model that is disposed takes its session with it', async () => {
  await withoutLeaks(async () => {
    const model = tinyModel();
    await trainSteps(model, 2);
    disposeOptimizer(model.optimizer);
    model.dispose();
  });
});

test('what belongs to a session beside its variables is freed once, with it', () => {
  const session = new GraphSession();
  let freed = 0;
  session.whenDisposed(() => freed++);
  session.dispose();
  session.dispose();
  assert.equal(freed, 1);
});
