/** Keras writes, we read, and the other way round: the same images give the same predictions. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import type { Split } from '../../lib/src/data/split';
import { buildResNet } from '../../lib/src/model/build-resnet';
import { kerasResNetConfig } from '../../lib/src/model/imagenet-resnet';
import { adam } from '../../lib/src/model/keras-defaults';
import { ResNet } from '../../lib/src/model/resnet';
import { tf } from '../../lib/src/tensorflow/load';
import { train } from '../../lib/src/train/train';
import { readKerasWeights, writeKerasWeights } from '../../lib/src/weights/keras-weights';
import { withoutLeaks } from '../no-leaks';
import { temporaryFolder } from '../temporary-folder';

const FIXTURE = path.resolve(__dirname, '../../tools/peers/keras_weights_fixture.py');
const { PEERS_PYTHON } = process.env;
const skip = PEERS_PYTHON ? false : 'no Python with Keras: PEERS_PYTHON is not set';
const FORMATS = ['net.keras', 'net.weights.h5', 'net.h5', 'early.weights.h5', 'keras2.h5'];
const TOLERANCE = 1e-4; // of the logarithm of a probability

function keras(...args: string[]): void {
  execFileSync(PEERS_PYTHON!, [FIXTURE, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
}

function net(name: string): LayersModel {
  if (name === 'article') return ResNet(10, { seed: 1 });
  const [, depth, version] = /^ResNet(\d+)(V2)?$/.exec(name)!;
  const options = { version: version ? 2 : 1, classes: 10, inputShape: [64, 64, 3] } as const;
  return buildResNet(kerasResNetConfig(Number(depth), options), { seed: null });
}

function floats(folder: string, name: string): Float32Array {
  const bytes = fs.readFileSync(path.join(folder, name));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** Logarithms of probabilities, `[4, 10]`. */
function predicted(model: LayersModel, folder: string): Float32Array {
  return tf.tidy(() => {
    const [, ...shape] = model.inputs[0].shape as number[];
    const images = tf.tensor(floats(folder, 'images.f32'), [4, ...shape]);
    return (model.predict(images) as Tensor).log().dataSync<'float32'>();
  });
}

function assertClose(actual: Float32Array, expected: Float32Array, what: string): void {
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - actual[i])));
  assert.ok(actual.length === 40 && worst < TOLERANCE, `${what}: ${worst} apart`);
}

/** Reads each format into a fresh net, and returns the last one. */
async function readsAll(t: TestContext, name: string, folder: string, formats: readonly string[]) {
  keras('write', name, folder, ...formats);
  const expected = floats(folder, 'expected.f32');
  let model: LayersModel | undefined;
  for (const format of formats) {
    model?.dispose();
    const fresh = net(name);
    await withoutLeaks(() => readKerasWeights(fresh, path.join(folder, format)));
    assertClose(predicted(fresh, folder), expected, format);
    model = fresh;
  }
  t.after(() => model!.dispose());
  return model!;
}

for (const name of ['ResNet50', 'ResNet50V2']) {
  test(`${name} of keras.applications predicts here what it does there, and back again`, {
    skip,
  }, async (t) => {
    const folder = temporaryFolder(t);
    const model = await readsAll(t, name, folder, FORMATS);
    await withoutLeaks(() => writeKerasWeights(model, path.join(folder, 'ours.weights.h5')));
    keras('predict', name, folder, 'ours.weights.h5');
    assertClose(floats(folder, 'predicted.f32'), floats(folder, 'expected.f32'), 'ours.weights.h5');
  });
}

for (const name of ['ResNet101', 'ResNet152', 'ResNet101V2', 'ResNet152V2']) {
  test(`${name} of keras.applications predicts here what it does there`, { skip }, async (t) => {
    await readsAll(t, name, temporaryFolder(t), ['early.weights.h5']);
  });
}

test('the net of the article, trained in Keras, predicts the same here, is trained on, and goes back', {
  skip,
}, async (t) => {
  const folder = temporaryFolder(t);
  const model = await readsAll(t, 'article', folder, FORMATS);
  const optimizer = adam();
  t.after(() => optimizer.dispose());
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  const losses: number[] = [];
  for await (const record of train(model, imagesOf(folder), { epochs: 20, batchSize: 4, seed: 1 })) {
    if (record.kind === 'step') losses.push(record.loss);
  }
  assert.ok(losses.at(-1)! < losses[0] / 2, `no progress: ${losses}`);

  await writeKerasWeights(model, path.join(folder, 'ours.weights.h5'));
  keras('predict', 'article', folder, 'ours.weights.h5');
  assertClose(floats(folder, 'predicted.f32'), predicted(model, folder), 'ours.weights.h5');
});

/** The images of the fixture as a split of four classes. */
function imagesOf(folder: string): Split {
  return {
    name: 'fixture',
    images: Uint8Array.from(floats(folder, 'images.f32'), (value) => Math.round(value * 255)),
    labels: Uint8Array.from([0, 1, 2, 3]),
    classNames: Array.from({ length: 10 }, (_, i) => `class ${i}`),
    imageShape: [32, 32, 3],
  };
}
