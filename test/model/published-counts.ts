/** What papers and other libraries say that nets have, to be built here: trained parameters, all numbers, multiply-adds of one image. */
import { cifarResNetConfig, wideResNetConfig } from '../../lib/src/model/cifar-resnet';
import { imageNetResNetConfig, kerasResNetConfig } from '../../lib/src/model/imagenet-resnet';
import type { ResNetConfig } from '../../lib/src/model/resnet-config';

export interface Published {
  readonly net: string;
  readonly config: ResNetConfig;
  readonly trainable?: number;
  readonly total?: number;
  /** In 1e9, from 224x224 or 32x32 pixels. */
  readonly gigaMultiplyAdds?: number;
}

/** He et al. 2015, table 6: computed from its architecture, with shortcut A and with shortcut B. */
const CIFAR = {
  20: [269_722, 272_474],
  32: [464_154, 466_906],
  44: [658_586, 661_338],
  56: [853_018, 855_770],
  110: [1_727_962, 1_730_714],
  1202: [19_421_274, 19_424_026],
};

/** torchvision.models, and He et al. 2015, table 1. */
const TORCHVISION = {
  18: [11_689_512, 1.814],
  34: [21_797_672, 3.664],
  50: [25_557_032, 4.089],
  101: [44_549_160, 7.801],
  152: [60_192_808, 11.514],
};

/** keras.applications, all numbers: version 1 and version 2. */
const KERAS = {
  50: [25_636_712, 25_613_800],
  101: [44_707_176, 44_675_560],
  152: [60_419_944, 60_380_648],
};

const entries = <T>(table: Readonly<Record<number, T>>) =>
  Object.entries(table).map(([depth, values]) => [Number(depth), values] as const);

export const PUBLISHED: readonly Published[] = [
  ...entries(CIFAR).flatMap(([depth, [a, b]]) => [
    { net: `ResNet-${depth} with shortcut A`, config: cifarResNetConfig(depth), trainable: a },
    {
      net: `ResNet-${depth} with shortcut B`,
      config: cifarResNetConfig(depth, { shortcut: 'B' }),
      trainable: b,
    },
    ...(depth <= 110
      ? [{ net: `plain-${depth}`, config: cifarResNetConfig(depth, { shortcut: 'none' }), trainable: a }]
      : []),
  ]),
  ...entries(TORCHVISION).map(([depth, [trainable, gigaMultiplyAdds]]) => {
    return {
      net: `torchvision's ResNet-${depth}`,
      config: imageNetResNetConfig(depth),
      trainable,
      gigaMultiplyAdds,
    };
  }),
  ...entries(KERAS).flatMap(([depth, [v1, v2]]) => [
    { net: `Keras's ResNet${depth}`, config: kerasResNetConfig(depth), total: v1 },
    { net: `Keras's ResNet${depth}V2`, config: kerasResNetConfig(depth, { version: 2 }), total: v2 },
  ]),
  { net: "Keras's ResNet50", config: kerasResNetConfig(50), trainable: 25_583_592 },
  // Zagoruyko & Komodakis 2016, table 5: 2.7 and 36.5 million; to the last one as in the authors' code
  { net: 'WRN-16-4', config: wideResNetConfig(16, 4), trainable: 2_748_890 },
  { net: 'WRN-28-10', config: wideResNetConfig(28, 10), trainable: 36_479_194 },
  // He et al. 2016, table 4: 1.7 and 10.2 million; to the last one as in imgclsmob's model zoo
  { net: 'ResNet-164 of version 2', config: cifarResNetConfig(164, { version: 2 }), trainable: 1_703_258 },
  { net: 'ResNet-1001 of version 2', config: cifarResNetConfig(1001, { version: 2 }), trainable: 10_327_706 },
  // timm's resnet50d, and Hu et al. 2017, table 2: 28.1 million
  { net: 'ResNet-50-D', config: imageNetResNetConfig(50, { d: true }), trainable: 25_576_264 },
  { net: 'SE-ResNet-50', config: imageNetResNetConfig(50, { squeezeExcitation: 16 }), trainable: 28_088_024 },
];
