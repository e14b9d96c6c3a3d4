import type { LayersModel, layers, Tensor } from '@tensorflow/tfjs-node-gpu';
import type { LayerWeight, Place } from './place-weights';

/** Of PyTorch's kernels, by the number of our axis. */
const CONV_AXES = [3, 2, 0, 1]; // [out, in, height, width] of [height, width, in, out]
const DENSE_AXES = [1, 0]; // [out, in] of [in, out]

const NORM_NAMES: Readonly<Record<string, string>> = {
  gamma: 'weight',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};

/**
 * Where torchvision's tensors belong in a net of `buildResNet`, by the names of its layers alone, so that nets of other stages and
 * widths have names in the same manner. timm's are the same, and go on where torchvision has no net: ResNet-C and D, squeeze and
 * excitation.
 *
 * | here                                               | there                                                         |
 * |----------------------------------------------------|---------------------------------------------------------------|
 * | `stem_conv`, `stem_bn`                             | `conv1`, `bn1`; with a deep stem `conv1.0` to `conv1.6`, `bn1` |
 * | `stage2_block1_3_conv`, `stage2_block1_3_bn`       | `layer2.0.conv3`, `layer2.0.bn3`                              |
 * | `stage2_block1_shortcut_conv`, `..._bn`            | `layer2.0.downsample.0`, `.1`; in ResNet-D `.1`, `.2`         |
 * | `stage2_block1_se_squeeze`, `..._excite`           | `layer2.0.se.fc1`, `layer2.0.se.fc2`                          |
 * | `head_dense`                                       | `fc`                                                          |
 *
 * No file tells the epsilon of batch norm: PyTorch's is 1e-5, the default here.
 *
 * Source: torchvision 0.28, models/resnet.py; timm 1.0.31, models/resnet.py.
 *
 * @throws TypeError for a net that PyTorch's have no names for: of version 2, or with bottlenecks of version 1
 */
export function torchPlaces(model: LayersModel): Place[] {
  checkStrides(model);
  const form = {
    deepStem: model.layers.some(({ name }) => name === 'stem_1_conv'),
    pooled: model.layers.some(({ name }) => name.endsWith('_shortcut_pool')),
  };
  return model.layers
    .filter(({ weights }) => weights.length > 0)
    .flatMap((layer) => {
      const module = moduleOf(layer.name, form);
      if (module === undefined) throw refused(model, `none of its nets has a ${layer.name}`);
      return layer.weights.map((weight) => placeOf(layer, weight, module));
    });
}

/** PyTorch's name of a layer, such as `layer1.0.conv2`; undefined where it has none. */
function moduleOf(
  layer: string,
  { deepStem, pooled }: { deepStem: boolean; pooled: boolean },
): string | undefined {
  const [, stage, block, part = layer] = /^stage(\d+)_block(\d+)_(.+)$/.exec(layer) ?? [];
  const outside: Record<string, string> = {
    ...{ stem_1_conv: 'conv1.0', stem_1_bn: 'conv1.1' }, // a ReLU is conv1.2
    ...{ stem_2_conv: 'conv1.3', stem_2_bn: 'conv1.4' },
    ...{ stem_conv: deepStem ? 'conv1.6' : 'conv1', stem_bn: 'bn1' },
    head_dense: 'fc',
  };
  const inside: Record<string, string> = {
    ...{ '1_conv': 'conv1', '2_conv': 'conv2', '3_conv': 'conv3' },
    ...{ '1_bn': 'bn1', '2_bn': 'bn2', '3_bn': 'bn3' },
    ...{ se_squeeze: 'se.fc1', se_excite: 'se.fc2' },
    ...(pooled // the pool, or where strides are 1 nothing, is downsample.0
      ? { shortcut_conv: 'downsample.1', shortcut_bn: 'downsample.2' }
      : { shortcut_conv: 'downsample.0', shortcut_bn: 'downsample.1' }),
  };
  if (stage === undefined) return outside[layer];
  return inside[part] && `layer${stage}.${Number(block) - 1}.${inside[part]}`;
}

function placeOf(layer: layers.Layer, weight: LayerWeight, module: string): Place {
  const kind = weight.originalName.split('/').at(-1)!;
  if (kind !== 'kernel') return { name: `${module}.${NORM_NAMES[kind] ?? kind}`, weight };
  const name = `${module}.weight`;
  if (layer.getClassName() !== 'Dense') return { name, weight, axes: CONV_AXES };
  if (module === 'fc') return { name, weight, axes: DENSE_AXES };
  return { name, weight: asConvolution(weight), axes: CONV_AXES };
}

/** A dense layer's kernel `[in, out]` as that of the 1x1 convolution `[1, 1, in, out]` which squeeze and excitation has in timm. */
function asConvolution(kernel: LayerWeight): LayerWeight {
  const shape = kernel.shape as number[];
  return Object.create(kernel, {
    shape: { value: [1, 1, ...shape] },
    read: { value: () => kernel.read().reshape([1, 1, ...shape]) },
    write: { value: (value: Tensor) => kernel.write(value.reshape(shape)) },
  });
}

/** Shapes would fit where a bottleneck halves in its first convolution, and the net would see other pixels. */
function checkStrides(model: LayersModel): void {
  const names = new Set(model.layers.map(({ name }) => name));
  const early = model.layers.find((layer) => {
    const isFirst =
      /^stage\d+_block\d+_1_conv$/.test(layer.name) && names.has(layer.name.replace('_1_', '_3_'));
    return isFirst && [layer.getConfig().strides].flat().some((stride) => stride !== 1);
  });
  if (early)
    throw refused(model, `the stride of its bottlenecks is in the 3x3 convolution, not in ${early.name}`);
}

function refused(model: LayersModel, why: string): TypeError {
  return new TypeError(
    `cannot name the weights of ${model.name} as PyTorch does; ${why}; make it with buildResNet and version 1.5`,
  );
}
