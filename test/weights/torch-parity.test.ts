/** Nets of torchvision and timm with weights at random, read here and written here: tools/peers/torchvision_fixture.py. */
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { LayersModel, Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { type ImageNetResNetOptions, imageNetResNet } from '../../lib/src/model/imagenet-resnet';
import { tf } from '../../lib/src/tensorflow/load';
import { decodeSafetensors } from '../../lib/src/train/safetensors';
import { readTorchWeights, writeTorchWeights } from '../../lib/src/weights/torch-weights';
import { withoutLeaks } from '../no-leaks';
import { temporaryFolder } from '../temporary-folder';

const FIXTURE = path.resolve(__dirname, '../../tools/peers/torchvision_fixture.py');
const { PEERS_PYTHON } = process.env;

type Net = [name: string, depth: number, options?: ImageNetResNetOptions];
const TORCHVISION: Net[] = [18, 34, 50, 101, 152].map((depth) => [`resnet${depth}`, depth]);
const TIMM: Net[] = [
  ['resnet50d', 50, { d: true }],
  ['seresnet50', 50, { squeezeExcitation: 16 }],
];

function missing(): string | false {
  return PEERS_PYTHON ? false : 'PEERS_PYTHON names no Python with torch, torchvision and safetensors';
}

function missingTimm(): string | false {
  if (!PEERS_PYTHON) return missing();
  const ask = 'import importlib.util; print(importlib.util.find_spec("timm") is not None)';
  const found = execFileSync(PEERS_PYTHON, ['-c', ask], { encoding: 'utf8' });
  return found.trim() === 'True' ? false : 'the Python of PEERS_PYTHON has no timm';
}

async function python(mode: 'write' | 'read', folder: string, net: string): Promise<void> {
  await promisify(execFile)(PEERS_PYTHON!, [FIXTURE, mode, folder, net]);
}

/** The largest difference between what a net here says about PyTorch's images, and what PyTorch says: log-probabilities. */
function differenceTo(folder: string, model: LayersModel): number {
  const answers = decodeSafetensors(fs.readFileSync(path.join(folder, 'answers.safetensors')));
  const [images, theirs] = ['images', 'logProbabilities'].map((name) => answers.get(name)!);
  const ours = tf.tidy(() => {
    const x = tf.tensor4d(images.values as Float32Array, images.shape as Tensor4D['shape']);
    return Float32Array.from((model.predict(x) as Tensor).log().dataSync());
  });
  assert.equal(ours.length, 2 * 1000);
  return ours.reduce((off, value, i) => Math.max(off, Math.abs(value - Number(theirs.values[i]))), 0);
}

for (const [nets, skip] of [[TORCHVISION, missing()] as const, [TIMM, missingTimm()] as const]) {
  for (const [name, depth, options] of nets) {
    test(`${name} in Python, read here: the same log-probabilities within 1e-4`, { skip }, async (t) => {
      const folder = temporaryFolder(t);
      await python('write', folder, name);
      await withoutLeaks(async () => {
        const model = imageNetResNet(depth, { ...options, inputShape: [64, 64, 3], seed: null });
        await readTorchWeights(model, path.join(folder, `${name}.safetensors`));
        const off = differenceTo(folder, model);
        assert.ok(off <= 1e-4, `off by ${off}`);
        model.dispose();
      });
    });
  }
}

for (const [name, depth] of TORCHVISION.filter(([, depth]) => depth === 18 || depth === 50)) {
  test(`${name} from here, taken by Python: the same log-probabilities within 1e-4`, {
    skip: missing(),
  }, async (t) => {
    const folder = temporaryFolder(t);
    await withoutLeaks(async () => {
      const model = imageNetResNet(depth, { inputShape: [null, null, 3], seed: null });
      fill(model);
      await writeTorchWeights(model, path.join(folder, `${name}.safetensors`));
      await python('read', folder, name);
      const off = differenceTo(folder, model);
      assert.ok(off <= 1e-4, `off by ${off}`);
      model.dispose();
    });
  });
}

/** Weights of the usual sizes, no two alike; small gammas, so that branches add little to their shortcuts. */
function fill(model: LayersModel): void {
  for (const weight of model.weights) {
    const shape = weight.shape as number[];
    const fanIn = tf.util.sizeFromShape(shape) / shape.at(-1)!;
    const [middle, radius] = {
      kernel: [0, 2 / Math.sqrt(fanIn)], // as wide as in He et al. 2015b
      gamma: [0.5, 0.3],
      moving_variance: [1, 0.4],
    }[weight.originalName.split('/')[1]] ?? [0, 0.5];
    tf.tidy(() => {
      const wave = tf.range(0, tf.util.sizeFromShape(shape)).mul(12.9898).sin(); // drawing so many numbers takes half a minute
      weight.write(wave.mul(radius).add(middle).reshape(shape));
    });
  }
}
