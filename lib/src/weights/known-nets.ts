import {
  type ImageNetResNetOptions,
  imageNetResNetConfig,
  kerasResNetConfig,
} from '../model/imagenet-resnet';
import type { InputShape, ResNetConfig } from '../model/resnet-config';
import type { PreprocessMode } from './preprocess';

/** Whose files weights come in: PyTorch's world writes safetensors, Keras HDF5. */
export type WeightSource = 'torch' | 'keras';

/** A net that others have trained: what it is here, and what its weights want to see. */
export interface KnownNet {
  readonly config: ResNetConfig;
  readonly source: WeightSource;
  readonly preprocess: PreprocessMode;
}

export interface KnownNetOptions {
  /** Default 1000, ImageNet's. */
  readonly classes?: number;
  /** [height, width, channels]; default [null, null, 3]: any. */
  readonly inputShape?: InputShape;
}

interface Named {
  readonly name: string;
  readonly preprocess: PreprocessMode;
  make(options: KnownNetOptions & { readonly name: string }): ResNetConfig;
}

const BASIC = [18, 34];
const BOTTLENECK = [50, 101, 152];

/** By their makers' names; some stand for two nets, PyTorch's and Keras's, which differ in biases and strides. */
const NETS: Readonly<Record<WeightSource, readonly Named[]>> = {
  torch: [
    ...[...BASIC, ...BOTTLENECK].map((depth) => torchNet(`resnet${depth}`, depth)),
    ...BOTTLENECK.map((depth) => torchNet(`resnet${depth}d`, depth, { d: true })),
    ...BOTTLENECK.map((depth) => torchNet(`seresnet${depth}`, depth, { squeezeExcitation: 16 })),
  ],
  keras: BOTTLENECK.flatMap((depth) => [kerasNet(depth, 1), kerasNet(depth, 2)]),
};

function torchNet(name: string, depth: number, form: ImageNetResNetOptions = {}): Named {
  return {
    name,
    preprocess: 'torch',
    make: (options) => imageNetResNetConfig(depth, { ...options, ...form }),
  };
}

function kerasNet(depth: number, version: 1 | 2): Named {
  return {
    name: `resnet${depth}${version === 2 ? 'v2' : ''}`,
    preprocess: version === 2 ? 'tf' : 'caffe',
    make: (options) => kerasResNetConfig(depth, { ...options, version }),
  };
}

/** The names that there are for files of that kind. */
export function knownNames(source: WeightSource): string[] {
  return NETS[source].map(({ name }) => name);
}

/**
 * The net that a file of weights is for.
 *
 * @param name as `resnet50`, `resnet50v2` (Keras), `resnet50d` or `seresnet50` (timm)
 * @throws RangeError for a name that nobody's nets have in files of that kind, with those that there are
 */
export function knownNet(name: string, source: WeightSource, options: KnownNetOptions = {}): KnownNet {
  const found = NETS[source].find((net) => net.name === name);
  if (!found) {
    throw new RangeError(`invalid name of a net; not one of ${knownNames(source).join(', ')}: ${name}`);
  }
  const { inputShape = [null, null, 3], classes = 1000 } = options;
  return { config: found.make({ inputShape, classes, name }), source, preprocess: found.preprocess };
}

const SOURCES: Readonly<Record<string, WeightSource>> = {
  '.safetensors': 'torch',
  '.h5': 'keras',
  '.keras': 'keras',
};

/**
 * Whose file it is, by the end of its name.
 *
 * @throws RangeError for another end
 */
export function sourceOf(file: string): WeightSource {
  const end = Object.keys(SOURCES).find((end) => file.endsWith(end));
  if (end) return SOURCES[end];
  throw new RangeError(`invalid file; its name does not end in ${Object.keys(SOURCES).join(', ')}: ${file}`);
}
