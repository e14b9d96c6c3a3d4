import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { buildResNet } from '../../lib/src/model/build-resnet';
import { cifarResNet, cifarResNetConfig } from '../../lib/src/model/cifar-resnet';
import { imageNetResNet } from '../../lib/src/model/imagenet-resnet';
import { ResNet } from '../../lib/src/model/resnet';
import type { ResNetConfig } from '../../lib/src/model/resnet-config';
import { foreignWeights } from '../../lib/src/weights/place-weights';
import { torchPlaces } from '../../lib/src/weights/torch-places';
import { withoutLeaks } from '../no-leaks';

/** `name [shape]` of every tensor, as PyTorch has them; the model is disposed. */
function namesOf(model: LayersModel): string[] {
  const tensors = foreignWeights(torchPlaces(model));
  assert.equal(tensors.size, model.weights.length, 'every weight has a name of its own');
  model.dispose();
  return [...tensors].map(([name, { shape }]) => `${name} [${shape}]`);
}

/** Those that begin like this, but for batch norms; torchvision's and timm's `state_dict` printed the lists below. */
const kernels = (names: readonly string[], start: RegExp) =>
  names.filter((name) => start.test(name) && !/\.(running_\w+|bias) /.test(name));

test('ResNet-18 and 50 have the names and shapes of torchvision', async () => {
  await withoutLeaks(() => {
    const names18 = namesOf(imageNetResNet(18, { seed: null }));
    const names50 = namesOf(imageNetResNet(50, { seed: null }));
    assert.deepEqual([names18.length, names50.length], [102, 267]);
    assert.deepEqual(
      names18.filter((name) => /^(conv1|bn1|fc)/.test(name)),
      [
        ...['conv1.weight [64,3,7,7]', 'bn1.weight [64]', 'bn1.bias [64]'],
        ...['bn1.running_mean [64]', 'bn1.running_var [64]', 'fc.weight [1000,512]', 'fc.bias [1000]'],
      ],
    );
    assert.deepEqual(kernels(names18, /^layer2\.0/).sort(), [
      ...['layer2.0.bn1.weight [128]', 'layer2.0.bn2.weight [128]'],
      ...['layer2.0.conv1.weight [128,64,3,3]', 'layer2.0.conv2.weight [128,128,3,3]'],
      ...['layer2.0.downsample.0.weight [128,64,1,1]', 'layer2.0.downsample.1.weight [128]'],
    ]);
    assert.deepEqual(kernels(names50, /^layer4\.0/).sort(), [
      ...['layer4.0.bn1.weight [512]', 'layer4.0.bn2.weight [512]', 'layer4.0.bn3.weight [2048]'],
      ...['layer4.0.conv1.weight [512,1024,1,1]', 'layer4.0.conv2.weight [512,512,3,3]'],
      ...['layer4.0.conv3.weight [2048,512,1,1]', 'layer4.0.downsample.0.weight [2048,1024,1,1]'],
      'layer4.0.downsample.1.weight [2048]',
    ]);
    assert.ok(names50.includes('layer3.5.conv3.weight [1024,256,1,1]'));
  });
});

test('ResNet-50-D, and squeeze and excitation, have the names and shapes of timm', async () => {
  await withoutLeaks(() => {
    const d = namesOf(imageNetResNet(50, { d: true, seed: null }));
    assert.equal(d.length, 277);
    assert.deepEqual(kernels(d, /^(conv1|bn1|layer[12]\.0\.downsample)/).sort(), [
      ...[
        'bn1.weight [64]',
        'conv1.0.weight [32,3,3,3]',
        'conv1.1.weight [32]',
        'conv1.3.weight [32,32,3,3]',
      ],
      ...['conv1.4.weight [32]', 'conv1.6.weight [64,32,3,3]'],
      ...['layer1.0.downsample.1.weight [256,64,1,1]', 'layer1.0.downsample.2.weight [256]'],
      ...['layer2.0.downsample.1.weight [512,256,1,1]', 'layer2.0.downsample.2.weight [512]'],
    ]);
    const se = namesOf(imageNetResNet(50, { squeezeExcitation: 16, seed: null }));
    assert.equal(se.length, 331);
    assert.deepEqual(
      se.filter((name) => name.startsWith('layer1.0.se')),
      [
        ...['layer1.0.se.fc1.weight [16,256,1,1]', 'layer1.0.se.fc1.bias [16]'],
        ...['layer1.0.se.fc2.weight [256,16,1,1]', 'layer1.0.se.fc2.bias [256]'],
      ],
    );
  });
});

test('nets for small images have names in the same manner', () => {
  const names = namesOf(cifarResNet(8, { shortcut: 'B' }));
  assert.deepEqual(kernels(names, /^(conv1|fc|layer3)/).sort(), [
    ...['conv1.weight [16,3,3,3]', 'fc.weight [10,64]'],
    ...['layer3.0.bn1.weight [64]', 'layer3.0.bn2.weight [64]'],
    ...['layer3.0.conv1.weight [64,32,3,3]', 'layer3.0.conv2.weight [64,64,3,3]'],
    ...['layer3.0.downsample.0.weight [64,32,1,1]', 'layer3.0.downsample.1.weight [64]'],
  ]);
});

test('nets that PyTorch has no names for are refused, and those where its names would mean another net', async () => {
  const refused = (model: LayersModel, why: string) => {
    const message = `cannot name the weights of ${model.name} as PyTorch does; ${why}; make it with buildResNet and version 1.5`;
    assert.throws(() => torchPlaces(model), { name: 'TypeError', message });
    model.dispose();
  };
  await withoutLeaks(() => {
    refused(cifarResNet(8, { version: 2 }), 'none of its nets has a stage1_block1_pre_bn');
    refused(ResNet(2), 'none of its nets has a block1_conv1');
    const bottlenecks: ResNetConfig = cifarResNetConfig(11, { block: 'bottleneck' });
    refused(
      buildResNet(bottlenecks),
      'the stride of its bottlenecks is in the 3x3 convolution, not in stage2_block1_1_conv',
    );
    assert.equal(namesOf(buildResNet({ ...bottlenecks, version: 1.5 })).length, 52);
  });
});
