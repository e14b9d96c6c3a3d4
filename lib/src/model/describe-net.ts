import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { buildResNet } from './build-resnet';
import { type LayerRow, layerTable } from './layer-table';
import { receptiveFields } from './receptive-field';
import type { ResNetConfig } from './resnet-config';

/** What one part of a net is and costs. */
export interface PartRow {
  /** `stem`, `stage 1`, ..., `head`, `total`; `block 1` where there are no stages */
  readonly part: string;
  /** Of one image: `[height, width, channels]`, or `[classes]`. */
  readonly output: readonly number[];
  /** With a kernel, on the longest way through the net: as the papers count a net's depth, without shortcuts. */
  readonly layers: number;
  /** Numbers that training changes. */
  readonly trainable: number;
  /** All numbers, the norms' moving statistics too, as Keras counts. */
  readonly parameters: number;
  /** Multiplications, each with its addition, for one image. */
  readonly multiplyAdds: number;
  /**
   * Along one side, in pixels: how much of the image an output of this part depends on; it may be more than there is. Infinity behind a
   * global pool, as squeeze-and-excitation has one in each block; in the total that of the head is left out.
   */
  readonly receptiveField: number;
  /** Of one image, in bytes: all layers' outputs as float32, what a training step keeps for the way back at most. */
  readonly activationBytes: number;
}

/**
 * A net as a table, part by part and in total: of a configuration, or of a model of this library, which is the caller's.
 *
 * @throws TypeError or RangeError for a configuration that cannot be, and for a net with an open height or width
 */
export function describe(net: ResNetConfig | LayersModel): PartRow[] {
  if ('layers' in net) return partsOf(net);
  const model = buildResNet(net, { seed: null });
  try {
    return partsOf(model);
  } finally {
    model.dispose();
  }
}

function partsOf(model: LayersModel): PartRow[] {
  const [, ...image] = model.inputs[0].shape;
  if (image.includes(null)) {
    throw new TypeError(
      `cannot count ${model.name}; height and width must be known: [${image.map(String).join(', ')}]`,
    );
  }
  const rows = layerTable(model);
  const fields = receptiveFields(model);
  const parts = new Map<string, LayerRow[]>();
  for (const row of rows) {
    const part = partOf(row.name);
    parts.set(part, [...(parts.get(part) ?? []), row]);
  }
  const described = [...parts].map(([part, rows]) => summed(part, rows, fields.get(rows.at(-1)!.name)!));
  const beforeHead = described.filter(({ part }) => part !== 'head');
  const widest = Math.max(...beforeHead.map(({ receptiveField }) => receptiveField));
  return [...described, summed('total', rows, widest)];
}

/** `stage1_block2_1_bn` -> `stage 1`, `block1_bn1` -> `block 1`; images and their normalization belong to the stem. */
function partOf(layer: string): string {
  const [, kind, number] = /^(stage|block)(\d+)_/.exec(layer) ?? [];
  if (kind) return `${kind} ${number}`;
  return layer.startsWith('head_') ? 'head' : 'stem';
}

function summed(part: string, rows: readonly LayerRow[], receptiveField: number): PartRow {
  const sum = (of: (row: LayerRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  return {
    part,
    output: rows.at(-1)!.outputShape.slice(1) as number[],
    layers: rows.filter(isCounted).length,
    trainable: sum(({ trainable }) => trainable),
    parameters: sum(({ parameters }) => parameters),
    multiplyAdds: sum(({ multiplyAdds }) => multiplyAdds),
    receptiveField,
    activationBytes:
      4 * sum(({ outputShape }) => (outputShape.slice(1) as number[]).reduce((a, b) => a * b, 1)),
  };
}

/** Convolutions and dense layers, but for those of shortcuts and of squeeze-and-excitation. */
function isCounted({ className, name }: LayerRow): boolean {
  return /^(Conv2D|Dense)$/.test(className) && !/_shortcut_|_se_/.test(name);
}
