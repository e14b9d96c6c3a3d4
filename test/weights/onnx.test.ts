/** Models that go by way of a SavedModel to ONNX, tools/peers/saved_model_to_onnx.py, and what onnxruntime says of images then. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { seededRandom } from '../../lib/src/data/random';
import { cifarResNet } from '../../lib/src/model/cifar-resnet';
import { ResNet } from '../../lib/src/model/resnet';
import { tf } from '../../lib/src/tensorflow/load';
import { writeSavedModel } from '../../lib/src/weights/saved-model';
import { withoutLeaks } from '../no-leaks';
import { temporaryFolder } from '../temporary-folder';

const { ONNX_PYTHON } = process.env;
const skip = ONNX_PYTHON ? false : 'ONNX_PYTHON names no Python with tf2onnx and onnxruntime';
const IMAGES = 5;

const article = () => ResNet(10, { seed: 1 });
const resNet20 = () =>
  cifarResNet(20, { seed: 1, statistics: { mean: [0.5, 0.5, 0.4], std: [0.2, 0.25, 0.3] } });
const preActivation = () =>
  cifarResNet(8, { seed: 1, version: 2, squeezeExcitation: 4, inputShape: [24, 20, 3] });

type Signature = 'serving_default' | 'serving_bytes';
const CASES: readonly [net: string, build: () => LayersModel, signature: Signature][] = [
  ["the article's net", article, 'serving_default'],
  ["the article's net", article, 'serving_bytes'],
  ['ResNet-20, which normalises and has shortcut A,', resNet20, 'serving_default'],
  ['ResNet-20, which normalises and has shortcut A,', resNet20, 'serving_bytes'],
  ['a pre-activation net that squeezes and excites', preActivation, 'serving_default'],
];

type Form = [name: string, type: string, shape: (string | number)[]];

interface Told {
  readonly inputs: Form[];
  readonly outputs: Form[];
  readonly together: number[][];
  readonly apart: number[][];
}

async function python(program: string, args: readonly string[]): Promise<string> {
  const file = path.resolve(__dirname, '../../tools/peers', program);
  return (await promisify(execFile)(ONNX_PYTHON!, [file, ...args])).stdout;
}

/** Scales and statistics of batch norms as none of them begins, so that none can be mistaken for another. */
function shake(model: LayersModel): void {
  const random = seededRandom(2);
  tf.tidy(() => {
    const weights = model.weights.map((weight) => {
      const value = weight.read();
      if (!/(gamma|beta|moving_mean|moving_variance)$/.test(weight.name)) return value;
      const about = /(gamma|moving_variance)$/.test(weight.name) ? 1 : 0;
      return tf.tensor(Float32Array.from({ length: value.size }, () => about + 0.4 * random() - 0.2));
    });
    model.setWeights(weights);
  });
}

/** Pixels at random, in a file: `[IMAGES, height, width, channels]`. */
async function writePixels(file: string, shape: readonly number[]): Promise<Uint8Array> {
  const random = seededRandom(3);
  const pixels = Uint8Array.from({ length: tf.util.sizeFromShape([...shape]) }, () => 256 * random());
  await fs.writeFile(file, pixels);
  return pixels;
}

function predicted(model: LayersModel, pixels: Uint8Array, shape: number[]): number[][] {
  return tf.tidy(() => {
    const images = tf.tensor(Float32Array.from(pixels), shape).div(255);
    return (model.predict(images) as Tensor).arraySync() as number[][];
  });
}

/** The largest difference of log-probabilities: small probabilities count as much as large ones. */
function difference(ours: number[][], theirs: number[][]): number {
  assert.equal(theirs.flat().length, ours.flat().length);
  const [a, b] = [ours.flat(), theirs.flat()];
  return Math.max(...a.map((value, i) => Math.abs(Math.log(value) - Math.log(b[i]))));
}

for (const [net, build, signature] of CASES) {
  const images = signature === 'serving_bytes' ? 'bytes' : 'numbers';
  test(`onnxruntime says of ${net} what it says here, of ${images}, of five images and of one`, {
    skip,
  }, async (t) => {
    const folder = temporaryFolder(t);
    const [saved, file, pixelFile] = ['saved', 'net.onnx', 'pixels'].map((name) => path.join(folder, name));
    await fs.writeFile(file, 'of before');
    await withoutLeaks(async () => {
      const model = build();
      shake(model);
      await writeSavedModel(model, saved);
      await python('saved_model_to_onnx.py', [saved, file, '--signature', signature]);
      const shape = [IMAGES, ...(model.inputs[0].shape.slice(1) as number[])];
      const pixels = await writePixels(pixelFile, shape);
      const told: Told = JSON.parse(
        await python('onnx_fixture.py', [file, pixelFile, JSON.stringify(shape)]),
      );
      const type = signature === 'serving_bytes' ? 'tensor(uint8)' : 'tensor(float)';
      assert.deepEqual(told.inputs, [['images', type, ['batch', ...shape.slice(1)]]]);
      assert.deepEqual(told.outputs, [['probabilities', 'tensor(float)', ['batch', 10]]]);
      const expected = predicted(model, pixels, shape);
      for (const answers of [told.together, told.apart]) {
        const off = difference(expected, answers);
        assert.ok(off <= 1e-4, `off by ${off}`);
      }
      model.dispose();
    });
    assert.deepEqual((await fs.readdir(folder)).sort(), ['net.onnx', 'pixels', 'saved']);
  });
}

test('a folder without a SavedModel is not converted, and what was there stays', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'net.onnx');
  await fs.writeFile(file, 'of before');
  await assert.rejects(python('saved_model_to_onnx.py', [folder, file]), {
    code: 1,
    stderr: `cannot convert ${folder}; it holds no saved_model.pb; write one with writeSavedModel\n`,
  });
  assert.equal(await fs.readFile(file, 'utf8'), 'of before');
  assert.deepEqual(await fs.readdir(folder), ['net.onnx']);
});
