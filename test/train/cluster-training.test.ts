/** Two, three and four workers train what one process trains that averages the same shares. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { LayersModel, Optimizer, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { Cluster } from '../../lib/src/cluster/cluster';
import { compile } from '../../lib/src/compile/compile';
import { gatherBytes, orderOf } from '../../lib/src/data/batches';
import type { Split } from '../../lib/src/data/split';
import { tf } from '../../lib/src/tensorflow/load';
import { shardOf } from '../../lib/src/train/shard';
import { train } from '../../lib/src/train/train';
import { type CompiledModel, withTrainingForms } from '../../lib/src/train/training-forms';
import { pixels } from '../../lib/src/train/training-step';
import { difference, disposeOptimizer } from '../compile/compared';
import { withoutLeaks } from '../no-leaks';
import { temporaryFolder } from '../temporary-folder';
import { builtModel, digest, IMAGES } from './cluster-training-program';
import { outcomes, startWorkers } from './cluster-workers';
import { tinyModel, tinySplit } from './tiny-problem';

const SEED = 7; // of the program
const BATCH = 12;
const EPOCHS = 3;
const ADAMS_MOMENTS = 12; // two of each trained variable, which stay with the optimizer

/** What a worker computes in a step, without the update. */
interface Share {
  readonly gradients: Tensor[];
  readonly metrics: Tensor[];
  readonly statistics: Tensor[];
}

/** One step in one process: every share by itself, from the same weights; then one update with the mean of them. */
function averagingStep(model: LayersModel, workers: number): (...data: Tensor[]) => Tensor {
  const { optimizer } = model;
  const statistics = model.nonTrainableWeights.map((weight) => weight.read() as Variable);
  const names = model.trainableWeights.map((weight) => (weight.read() as Variable).name);
  const shareOf = (images: Tensor, labels: Tensor): Share => {
    const gradients: Tensor[] = [];
    optimizer.applyGradients = (named) => {
      const byName = new Map(
        (named as { name: string; tensor: Tensor }[]).map(({ name, tensor }) => [name, tensor]),
      );
      gradients.push(...names.map((name) => byName.get(name)!.clone()));
    };
    try {
      const targets = tf.oneHot(labels.toInt(), 3).toFloat();
      const chance = { seed: tf.scalar(0, 'int32'), step: tf.scalar(0, 'int32') };
      const run = () => (model as unknown as CompiledModel).makeTrainFunction()([pixels(images), targets]);
      const metrics = withTrainingForms(model, chance, run);
      return { gradients, metrics, statistics: statistics.map((variable) => variable.clone()) };
    } finally {
      delete (optimizer as Partial<Optimizer>).applyGradients;
    }
  };
  return (...data) => {
    const before = statistics.map((variable) => variable.clone());
    const shares = Array.from({ length: workers }, (_, k) => {
      statistics.forEach((variable, i) => {
        variable.assign(before[i] as never);
      });
      return shareOf(data[2 * k], data[2 * k + 1]);
    });
    const mean = (of: (share: Share) => Tensor[]) =>
      of(shares[0]).map((_, i) =>
        tf.div(
          shares.map((share) => of(share)[i]).reduce((a, b) => tf.add(a, b)),
          workers,
        ),
      );
    const gradients = mean((share) => share.gradients);
    optimizer.applyGradients(names.map((name, i) => ({ name, tensor: gradients[i] })) as never);
    mean((share) => share.statistics).forEach((value, i) => {
      statistics[i].assign(value as never);
    });
    const loss = mean((share) => share.metrics)[0];
    tf.dispose(shares.flatMap((share) => share.metrics)); // TensorFlow.js keeps them from the tidying
    return loss;
  };
}

/** The losses of the steps, and the weights afterwards. */
async function inOneProcess(optimizer: 'sgd' | 'adam', workers: number) {
  const split = tinySplit(IMAGES);
  const model = builtModel(optimizer);
  const step = compile(averagingStep(model, workers), { intraOpThreads: 1 });
  const losses: number[] = [];
  for (let epoch = 1; epoch <= EPOCHS; epoch++) {
    const order = orderOf(split, SEED, epoch);
    const shards = Array.from({ length: workers }, (_, index) =>
      shardOf(order, BATCH, { index, size: workers }),
    );
    for (let start = 0; start < shards[0].length; start += BATCH / workers) {
      const data = shards.flatMap((shard) => batchOf(split, shard.subarray(start, start + BATCH / workers)));
      const loss = await step(...data);
      losses.push(loss.dataSync()[0]);
      tf.dispose([data, loss]);
    }
  }
  step.dispose();
  const weights = model.getWeights().map((weight) => weight.dataSync().slice());
  const result = { losses, digest: digest(model), weights };
  disposeOptimizer(model.optimizer);
  model.dispose();
  return result;
}

function batchOf(split: Split, indices: Int32Array): [images: Tensor, labels: Tensor] {
  const images = new Uint8Array(indices.length * 48);
  const labels = new Uint8Array(indices.length);
  gatherBytes(split, indices, images, labels);
  return [
    tf.tensor(images, [indices.length, 4, 4, 3], 'int32'),
    tf.tensor(labels, [indices.length], 'int32'),
  ];
}

for (const [optimizer, workers] of [
  ['sgd', 2],
  ['adam', 2],
  ['sgd', 3],
  ['adam', 4],
] as const) {
  test(`${workers} workers have the same bits with ${optimizer} and batch norm, and train as one process that averages their shares`, async (t) => {
    const all = await outcomes(t, workers, {
      fit: { epochs: EPOCHS, batchSize: BATCH },
      optimizer,
      validates: true,
    });
    for (const { digest, losses, epochs, left } of all) {
      assert.equal(digest, all[0].digest);
      assert.deepEqual(losses, all[0].losses);
      assert.deepEqual(
        epochs.map(({ valLoss }) => valLoss),
        all[0].epochs.map(({ valLoss }) => valLoss),
      );
      assert.equal(epochs.at(-1)!.workers!.length, workers);
      assert.equal(left, optimizer === 'adam' ? ADAMS_MOMENTS : 0);
    }
    const alone = await inOneProcess(optimizer, workers);
    assert.equal(all[0].losses.length, alone.losses.length);
    assert.ok(difference(all[0].losses, alone.losses) < 1e-5, `${all[0].losses} and ${alone.losses}`);
    if (workers === 2) assert.equal(all[0].digest, alone.digest); // of three numbers, the sum depends on the order
  });
}

test('averages, clipping, several steps a call and augmentation leave the workers with the same bits', async (t) => {
  const fit = { epochs: 2, batchSize: BATCH, averageDecay: 0.9, clipNorm: 0.5, stepsPerCall: 2 };
  const [one, two] = await outcomes(t, 2, { fit, augments: true });
  assert.equal(one.digest, two.digest);
  assert.deepEqual(one.losses, two.losses);
});

test("with worker 0's statistics, and gradients in bfloat16, too", async (t) => {
  const connect = { batchNorm: 'worker 0', transport: 'bfloat16', bucketBytes: 200 };
  const [one, two] = await outcomes(t, 2, { fit: { epochs: 2, batchSize: BATCH }, connect });
  assert.equal(one.digest, two.digest);
});

test('weights that drift apart, as on processors of different kinds, are the same again after the epoch', async (t) => {
  const fit = { epochs: 2, batchSize: BATCH };
  const workers = await startWorkers(t, 2, { fit, optimizer: 'adam' }, { 1: { drifts: 2 } });
  const [one, two] = await Promise.all(workers.map((worker) => worker.end()));
  assert.equal(one.code, 0, JSON.stringify(one.last));
  assert.equal(one.last.digest, two.last.digest);
});

test('a signal on one worker stops all after the same step, and worker 0 saves a checkpoint there', async (t) => {
  const runs = temporaryFolder(t);
  const run = { run: 'run', runs, checkpoints: { everyEpochs: 100 } };
  const task = { fit: { epochs: 5, batchSize: BATCH, ...run } };
  const workers = await startWorkers(t, 2, task, { 1: { abortAfter: 6 } });
  const ends = await Promise.all(workers.map((worker) => worker.end()));
  for (const { code, last } of ends) {
    assert.equal(code, 0, JSON.stringify(last));
    assert.equal(last.stopped, 'aborted');
    assert.equal(last.losses!.length, 7); // the step after the signal tells the others
    assert.equal(last.digest, ends[0].last.digest);
  }
  assert.deepEqual(fs.readdirSync(path.join(runs, 'run', 'checkpoints')), ['step-00000007']);
});

test('a signal on one worker at the end of an epoch has worker 0 save a checkpoint there', async (t) => {
  const runs = temporaryFolder(t);
  const run = { run: 'run', runs, checkpoints: { everyEpochs: 100 } };
  const task = { fit: { epochs: 5, batchSize: BATCH, ...run } };
  const workers = await startWorkers(t, 2, task, { 1: { abortAfter: 4 } }); // the epoch's last step
  for (const { code, last } of await Promise.all(workers.map((worker) => worker.end()))) {
    assert.equal(code, 0, JSON.stringify(last));
    assert.deepEqual([last.stopped, last.losses!.length, last.epochs!.length], ['aborted', 4, 1]);
  }
  assert.deepEqual(fs.readdirSync(path.join(runs, 'run', 'checkpoints')), ['step-00000004']);
});

for (const [what, own, said] of [
  ['another batch size', { fit: { epochs: 2, batchSize: 6 } }, /options\.batchSize: 12 and 6 on worker 1/],
  ['other images', { dataSeed: 9 }, /options\.images\.train: .* on worker 1/],
  ['another optimizer', { optimizer: 'adam' }, /options\.optimizer\.\w+: .* on worker 1/],
  [
    'another way to travel',
    { connect: { transport: 'bfloat16' } },
    /transport is "float32" on worker 0 and "bfloat16" on worker 1/,
  ],
] as const) {
  test(`a worker with ${what} ends all of them, with a sentence that names it`, async (t) => {
    const workers = await startWorkers(t, 2, { fit: { epochs: 2, batchSize: BATCH } }, { 1: own as object });
    for (const { code, last } of await Promise.all(workers.map((worker) => worker.end()))) {
      assert.equal(code, 78);
      assert.equal(last.kind, 'disagreement');
      assert.match(last.error!, said);
    }
  });
}

test('one worker alone opens no port, and trains as without a cluster', async () => {
  await withoutLeaks(async () => {
    const cluster = await Cluster.connect({ hosts: ['127.0.0.1:4000'], index: 0 });
    assert.equal(cluster.server, undefined);
    assert.equal(await Cluster.fromEnv({}, {}), undefined);
    const digests: string[] = [];
    for (const options of [{ cluster }, {}]) {
      const model = builtModel();
      for await (const _record of train(model, tinySplit(IMAGES), { epochs: 1, batchSize: 10, ...options }));
      digests.push(digest(model));
      disposeOptimizer(model.optimizer);
      model.dispose();
    }
    assert.equal(digests[0], digests[1]);
    await cluster.leave();
  });
});

test('what a cluster cannot do is refused before anything begins', () => {
  const model = tinyModel();
  const cluster = { size: 2, index: 0 } as Cluster;
  const begin = (options: object) => () => train(model, tinySplit(24), { cluster, ...options });
  assert.throws(begin({ batchSize: 7 }), {
    name: 'RangeError',
    message: "invalid batchSize; not a multiple of the cluster's 2 workers, who share each batch: 7",
  });
  assert.throws(begin({ compile: false }), {
    name: 'TypeError',
    message: /invalid compile; a cluster trains in compiled steps/,
  });
  disposeOptimizer(model.optimizer);
  model.dispose();
});
