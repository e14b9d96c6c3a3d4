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
import { decodeMessage } from '../../lib/src/tensorflow/messages';
import { writeSavedModel } from '../../lib/src/weights/saved-model';
import { withoutLeaks } from '../no-leaks';
import { temporaryFolder } from '../temporary-folder';

const python = process.env.PEERS_PYTHON;

const NETS: Record<string, () => LayersModel> = {
  "the article's net": () => ResNet(10, { seed: 1 }),
  'a net that normalises, with shortcut A': () => {
    const statistics = { mean: [0.5, 0.5, 0.4], std: [0.2, 0.25, 0.3] };
    return cifarResNet(8, { seed: 1, statistics, stochasticDepth: 0.2 });
  },
  'a pre-activation net that squeezes and excites': () => {
    return cifarResNet(8, { seed: 1, version: 2, squeezeExcitation: 4, inputShape: [24, 20, 3] });
  },
};

interface Expected {
  readonly shape: readonly number[];
  readonly probabilities: number[][];
}

/** Images at random beside the model, and what it says of them here. */
async function writeImages(model: LayersModel, folder: string, n: number): Promise<Expected> {
  const [, ...image] = model.inputs[0].shape as number[];
  const shape = [n, ...image];
  const random = seededRandom(3);
  const bytes = Uint8Array.from({ length: tf.util.sizeFromShape(shape) }, () => Math.floor(256 * random()));
  await fs.writeFile(path.join(folder, 'images.bin'), bytes);
  const probabilities = tf.tidy(() => {
    const images = tf.tensor(Float32Array.from(bytes), shape).div(255);
    return (model.predict(images) as Tensor).arraySync() as number[][];
  });
  return { shape, probabilities };
}

for (const [net, build] of Object.entries(NETS)) {
  test(`Python's TensorFlow says of ${net} what it says here, of numbers and of bytes`, {
    skip: python ? false : 'no Python with TensorFlow; set PEERS_PYTHON',
  }, async (t) => {
    const folder = await temporaryFolder(t);
    await withoutLeaks(async () => {
      const model = build();
      const directory = path.join(folder, 'saved');
      await writeSavedModel(model, directory);
      const { shape, probabilities } = await writeImages(model, folder, 3);
      const script = path.join(__dirname, '../../tools/peers/saved_model_fixture.py');
      const args = [script, directory, path.join(folder, 'images.bin'), JSON.stringify(shape)];
      const { stdout } = await promisify(execFile)(python!, args);
      const told = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, number[][]>;
      assert.deepEqual(Object.keys(told).sort(), ['serving_bytes', 'serving_default']);
      for (const [signature, values] of Object.entries(told)) {
        const largest = Math.max(
          ...values.flat().map((value, i) => Math.abs(value - probabilities.flat()[i])),
        );
        assert.ok(largest < 1e-5, `${signature}: ${largest}`);
      }
      model.dispose();
    });
  });
}

test('the file names its signatures, with any number of images, and the model is as before', async (t) => {
  const folder = await temporaryFolder(t);
  await withoutLeaks(async () => {
    const model = ResNet(10, { seed: 1 });
    const before = model.getWeights()[0].dataSync().slice();
    const directory = path.join(folder, 'saved');
    await writeSavedModel(model, directory);
    await writeSavedModel(model, directory); // replaces
    assert.deepEqual(await fs.readdir(folder), ['saved']);
    assert.deepEqual(await fs.readdir(directory), ['saved_model.pb']);
    const bytes = await fs.readFile(path.join(directory, 'saved_model.pb'));
    const { metaGraphs } = decodeMessage<SavedModel>('SavedModel', bytes);
    const { metaInfoDef, signatureDef } = metaGraphs[0];
    assert.deepEqual(metaInfoDef.tags, ['serve']);
    const shapes = Object.entries(signatureDef).map(([name, { inputs }]) => [
      name,
      inputs.images.dtype,
      inputs.images.tensorShape.dim.map(({ size }) => size),
    ]);
    assert.deepEqual(shapes, [
      ['serving_default', 1, [-1, 32, 32, 3]], // DT_FLOAT
      ['serving_bytes', 4, [-1, 32, 32, 3]], // DT_UINT8
    ]);
    assert.deepEqual(model.getWeights()[0].dataSync(), before);
    model.dispose();
  });
});

interface SavedModel {
  readonly metaGraphs: readonly {
    readonly metaInfoDef: { readonly tags: string[] };
    readonly signatureDef: Record<
      string,
      { readonly inputs: Record<string, { dtype: number; tensorShape: { dim: { size: number }[] } }> }
    >;
  }[];
}

test('a model of open image size is refused, and what was there stays', async (t) => {
  const folder = await temporaryFolder(t);
  await withoutLeaks(async () => {
    const model = cifarResNet(8, { inputShape: [null, null, 3], seed: 1 });
    const directory = path.join(folder, 'saved');
    await fs.mkdir(directory);
    await fs.writeFile(path.join(directory, 'saved_model.pb'), 'of before');
    await assert.rejects(writeSavedModel(model, directory), {
      name: 'TypeError',
      message:
        'cannot save cifar_resnet8 as a SavedModel; it must have one input of known size and one output: [null, null, 3]',
    });
    assert.equal(await fs.readFile(path.join(directory, 'saved_model.pb'), 'utf8'), 'of before');
    model.dispose();
  });
});
