/** Measures TensorFlow.js as it comes: stock layers and optimizers, `model.fit` and `model.predict`, on the same TensorFlow. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type { LayersModel, Optimizer, Tensor } from '@tensorflow/tfjs-node-gpu';
import { normalise, oneHot } from '../../lib/src/data/normalise';
import { tf } from '../../lib/src/tensorflow/load';
import { about } from './about';
import type { NetDescription } from './describe-net';
import type { Measurement, NetName, Report } from './measurement';
import { memoryMB } from './process-memory';
import { randomSplit } from './random-split';
import { speed, stopwatch } from './speed';

export async function measureFit(measurement: Measurement): Promise<Report> {
  const { batch, images, epochs } = measurement;
  const { net, model } = await stock(measurement.net);
  model.compile({
    optimizer: stockOptimizer(measurement.net),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  });
  const [x, y] = tensors(images, net);
  const [ends, residentMB, numTensors]: number[][] = [[], [], []];
  let loss = Number.NaN;
  const seconds = stopwatch();
  await model.fit(x, y, {
    batchSize: batch,
    epochs,
    shuffle: true,
    verbose: 0,
    callbacks: {
      onEpochEnd: (_epoch, logs) => {
        ends.push(seconds());
        residentMB.push(memoryMB('VmRSS'));
        numTensors.push(tf.memory().numTensors);
        loss = logs!.loss;
      },
    },
  });
  return {
    ...speed(ends, measurement),
    residentMB,
    numTensors,
    loss,
    ...about(model),
  };
}

export async function measureModelPredict(measurement: Measurement): Promise<Report> {
  const { batch, images, epochs } = measurement;
  const { net, model } = await stock(measurement.net);
  const [x] = tensors(images, net);
  const ends: number[] = [];
  const seconds = stopwatch();
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const output = model.predict(x, { batchSize: batch }) as Tensor;
    await output.data();
    output.dispose();
    ends.push(seconds());
  }
  return { ...speed(ends, measurement), ...about(model) };
}

/** The net made of TensorFlow.js's own layers. */
async function stock(name: NetName): Promise<{ net: NetDescription; model: LayersModel }> {
  const program = path.join(__dirname, 'describe-net.ts');
  const output = execFileSync(process.execPath, ['--import', 'tsx', program, name], { encoding: 'utf8' });
  const net = JSON.parse(output.trim().split('\n').at(-1)!) as NetDescription;
  const model = await tf.models.modelFromJSON({ modelTopology: JSON.parse(net.topology) });
  return { net, model };
}

function stockOptimizer(net: NetName): Optimizer {
  return net === 'article' ? tf.train.adam() : tf.train.momentum(0.01, 0.9, true);
}

/** Images float32 0..1 `[n, height, width, channels]` and one-hot labels `[n, classes]`. */
function tensors(images: number, { imageShape, classes }: NetDescription): [Tensor, Tensor] {
  const split = randomSplit(images, imageShape, classes);
  return [
    tf.tensor4d(normalise(split.images), [images, ...imageShape]),
    tf.tensor2d(oneHot(split.labels, classes), [images, classes]),
  ];
}
