import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { predict } from '../../lib/src/evaluate/predict';
import { buildResNet } from '../../lib/src/model/build-resnet';
import type { ResNetConfig } from '../../lib/src/model/resnet-config';
import { sgd } from '../../lib/src/optimizers/sgd';
import { tf } from '../../lib/src/tensorflow/load';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../../lib/src/train/safetensors';
import { train } from '../../lib/src/train/train';
import { readTorchWeights, writeTorchWeights } from '../../lib/src/weights/torch-weights';
import { withoutLeaks } from '../no-leaks';
import { temporaryFolder } from '../temporary-folder';
import { tinySplit } from '../train/tiny-problem';

/** ResNet-D with squeeze and excitation: every kind of layer that has a name in PyTorch. */
const SMALL: ResNetConfig = {
  name: 'small',
  inputShape: [16, 16, 3],
  classes: 3,
  stem: 'deep',
  stemWidth: 4,
  block: 'bottleneck',
  version: 1.5,
  shortcut: 'B',
  shortcutPool: true,
  squeezeExcitation: 2,
  stages: [
    { blocks: 1, width: 2, strides: 1 },
    { blocks: 2, width: 3, strides: 2 },
  ],
};

/** Any weights, every number another; NaN would be one too. */
function fill(model: LayersModel): void {
  for (const [i, weight] of model.weights.entries()) {
    tf.tidy(() => {
      const shape = weight.shape as number[];
      weight.write(
        tf
          .range(1, 1 + tf.util.sizeFromShape(shape))
          .mul(0.3)
          .add(i)
          .sin()
          .reshape(shape),
      );
    });
  }
}

/** The bits of every weight, by its layer's name here. */
const bitsOf = (model: LayersModel) =>
  model.weights.map((weight) => [
    weight.originalName,
    Buffer.from(new Uint8Array(Float32Array.from(weight.read().dataSync()).buffer)).toString('hex'),
  ]);

/** A file of a small net with weights, and the same net with others; the tensors of the file may be changed first. */
async function fileAndNet(
  t: { after(fn: () => void): void },
  change: (tensors: Map<string, StoredTensor>) => void = () => {},
) {
  const file = path.join(temporaryFolder(t), 'net.safetensors');
  const written = buildResNet(SMALL, { seed: null });
  fill(written);
  await writeTorchWeights(written, file);
  const tensors = decodeSafetensors(fs.readFileSync(file));
  change(tensors);
  fs.writeFileSync(file, Buffer.concat(encodeSafetensors(tensors)));
  const bits = bitsOf(written);
  written.dispose();
  return { file, bits, net: buildResNet(SMALL, { seed: 3 }) };
}

test('what is written is read again bit by bit', async (t) => {
  await withoutLeaks(async () => {
    const { file, bits, net } = await fileAndNet(t);
    await readTorchWeights(net, file);
    assert.deepEqual(bitsOf(net), bits);
    net.dispose();
  });
});

test('weights are those of the compiled graphs that trained a net, and go to those in which another predicts', async (t) => {
  const file = path.join(temporaryFolder(t), 'net.safetensors');
  const split = tinySplit(8);
  const config: ResNetConfig = { ...SMALL, inputShape: [4, 4, 3], classes: split.classNames.length };
  const [trained, other] = [1, 2].map((seed) => buildResNet(config, { seed }));
  const predicted = async (model: LayersModel) => [
    ...(await predict(model, split, { compile: {} })).probabilities,
  ];
  const before = await predicted(other);
  trained.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: 'categoricalCrossentropy' });
  for await (const _ of train(trained, split, { epochs: 1, batchSize: 4, seed: 1 }));
  await writeTorchWeights(trained, file);
  await readTorchWeights(other, file);
  assert.deepEqual(await predicted(other), await predicted(trained));
  assert.notDeepEqual(await predicted(other), before);
  for (const model of [trained, other]) model.dispose();
});

test("a file has PyTorch's order of axes, float32, the metadata of its caller, and nothing beside it", async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'net.safetensors');
  const net = buildResNet(SMALL, { seed: 1 });
  fs.writeFileSync(file, 'an older file');
  await writeTorchWeights(net, file, { recipe: 'resnet50' });
  const bytes = fs.readFileSync(file);
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE())));
  assert.deepEqual(header.__metadata__, { format: 'pt', recipe: 'resnet50' });
  assert.equal(Number(bytes.readBigUInt64LE()) % 8, 0);
  const tensor = decodeSafetensors(bytes).get('layer2.0.conv2.weight')!;
  assert.deepEqual([tensor.dtype, tensor.shape], ['float32', [3, 3, 3, 3]]);
  const kernel = net.getLayer('stage2_block1_2_conv').getWeights()[0];
  for (const [out, from, y, x] of [
    [0, 1, 2, 0],
    [2, 0, 1, 2],
  ]) {
    assert.equal(tensor.values[((out * 3 + from) * 3 + y) * 3 + x], kernel.bufferSync().get(y, x, from, out));
  }
  assert.deepEqual(fs.readdirSync(folder), ['net.safetensors']);
  net.dispose();
});

test('what PyTorch counts beside its weights is passed over', async (t) => {
  const { file, bits, net } = await fileAndNet(t, (tensors) => {
    tensors.set('bn1.num_batches_tracked', { dtype: 'int32', shape: [], values: new Int32Array([7]) });
  });
  await readTorchWeights(net, file);
  assert.deepEqual(bitsOf(net), bits);
  net.dispose();
});

test('tensors that are missing, left over or of another shape are listed with both sides, and nothing is loaded', async (t) => {
  await withoutLeaks(async () => {
    const { file, net } = await fileAndNet(t, (tensors) => {
      tensors.delete('conv1.0.weight');
      tensors.delete('layer1.0.se.fc1.weight');
      tensors.set('fc.weight', { dtype: 'float32', shape: [10, 12], values: new Float32Array(120) });
      tensors.set('aux.weight', { dtype: 'float32', shape: [1], values: new Float32Array(1) });
    });
    const before = bitsOf(net);
    await assert.rejects(readTorchWeights(net, file), {
      name: 'Error',
      message:
        `cannot load ${file} into small; nothing was loaded\n` +
        '  missing (2): conv1.0.weight [2,3,3,3] for stem_1_conv/kernel; ' +
        'layer1.0.se.fc1.weight [4,8,1,1] for stage1_block1_se_squeeze/kernel\n' +
        '  not in the model (1): aux.weight [1]\n' +
        '  of another shape (1): fc.weight [10,12], not [3,12]',
    });
    assert.deepEqual(bitsOf(net), before);
    net.dispose();
  });
});

test('a file that is cut off, or has whole numbers for weights, changes nothing', async (t) => {
  await withoutLeaks(async () => {
    const { file, net } = await fileAndNet(t, (tensors) => {
      const { shape, values } = tensors.get('fc.bias')!;
      tensors.set('fc.bias', { dtype: 'int32', shape, values: Int32Array.from(values as Float32Array) });
    });
    const before = bitsOf(net);
    await assert.rejects(readTorchWeights(net, file), /; fc\.bias is not of type F32, F16, BF16, F64: I32; /);
    fs.truncateSync(file, fs.statSync(file).size - 1);
    await assert.rejects(
      readTorchWeights(net, file),
      /; the values of \S+ must lie in the file's \d+ bytes: /,
    );
    assert.deepEqual(bitsOf(net), before);
    await assert.rejects(readTorchWeights(net, `${file}.gone`), { code: 'ENOENT' });
    net.dispose();
  });
});

test('a file that cannot be written leaves the older one as it is', async (t) => {
  const folder = temporaryFolder(t);
  const net = buildResNet(SMALL, { seed: null });
  const directory = path.join(folder, 'net.safetensors');
  fs.mkdirSync(directory);
  fs.writeFileSync(path.join(directory, 'older'), 'x');
  await assert.rejects(writeTorchWeights(net, directory), { code: 'EISDIR' });
  assert.deepEqual(fs.readdirSync(folder), ['net.safetensors']);
  await assert.rejects(writeTorchWeights(net, directory, { epochs: 3 as unknown as string }), {
    name: 'TypeError',
    message: 'invalid metadata; epochs is not a string: 3',
  });
  net.dispose();
});
