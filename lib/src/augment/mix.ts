import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { liveNumber } from '../compile/record';
import { seededRandom } from '../data/random';
import { checkOptions, checkPositive, shown } from '../model/check-arguments';
import { nameHash } from '../model/name-hash';
import { nativeOp } from '../ops/native-op';
import { tf } from '../tensorflow/load';
import { betaSample } from './beta';

/** How images of a batch are mixed in pairs, and their labels with them. */
export interface MixOptions {
  /**
   * mixup: both images shine through (Zhang et al. 2017, arXiv 1710.09412); cutmix: a box of one is pasted into the other
   * (Yun et al. 2019, arXiv 1905.04899).
   */
  readonly kind: 'mixup' | 'cutmix';
  /**
   * Greater than 0; an image's own share is drawn from Beta(alpha, alpha). The papers' choices: 1 on CIFAR-10 and in cutmix, 0.2 for
   * mixup on ImageNet.
   */
  readonly alpha: number;
}

/** What the random numbers of one step depend on: integers of at least 0. */
export interface MixChance {
  readonly seed: number;
  readonly step: number;
}

export interface Mixed {
  /** `[batch, height, width, channels]` */
  readonly images: Tensor4D;
  /** Each row summing to 1, `[batch, classes]`. */
  readonly labels: Tensor2D;
}

/** @throws TypeError or RangeError, which name the option, what it may be and what it is */
export function checkMix(options: MixOptions): void {
  checkOptions('mix', options, ['kind', 'alpha']);
  const { kind, alpha } = options;
  if (kind !== 'mixup' && kind !== 'cutmix') {
    throw new TypeError(`invalid mix.kind; not 'mixup' or 'cutmix': ${shown(kind)}`);
  }
  checkPositive('mix.alpha', alpha);
}

/**
 * Mixes every image with the one before it in the batch, and the first with the last: batches are shuffled, so that any pair is as
 * likely. All pairs of a step have the same share and the same box. The caller disposes the results; they have no gradient.
 *
 * @param images float32, `[batch, height, width, channels]`
 * @param labels one-hot float32, `[batch, classes]`
 * @param chance asked anew at every call of a compiled function, whose graph stays the same
 * @throws TypeError or RangeError when an option is invalid
 */
export function mix(images: Tensor4D, labels: Tensor2D, options: MixOptions, chance: () => MixChance): Mixed {
  checkMix(options);
  const [, height, width] = images.shape;
  const live = (read: (drawn: Drawn) => number) =>
    liveNumber(() => read(drawMix(options, chance(), height, width)));
  return tf.tidy(() => {
    const share = live(({ share }) => share);
    const own = options.kind === 'mixup' ? share : ownPixels(live, height, width);
    return { images: mixed(images, own), labels: mixed(labels, share) };
  });
}

/** The numbers of one step. */
export interface Drawn {
  /** Of the image's own in the mixture, 0..1. */
  readonly share: number;
  /** Edges of the partner's box in pixels, the right and the lower one exclusive. */
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/**
 * The share and the box of one step. The box has the image's proportions and is centred anywhere; what would lie outside is cut
 * off, and the share is that of the pixels which remain the image's own.
 */
export function drawMix(
  { kind, alpha }: MixOptions,
  chance: MixChance,
  height: number,
  width: number,
): Drawn {
  const random = seededRandom(nameHash(`${chance.seed}/${kind}`), chance.step);
  const share = betaSample(alpha, random);
  if (kind === 'mixup') return { share, left: 0, right: 0, top: 0, bottom: 0 };
  const side = Math.sqrt(1 - share); // of the box, as a share of the image's
  const [left, right] = interval(width, side, random);
  const [top, bottom] = interval(height, side, random);
  return { share: 1 - ((right - left) * (bottom - top)) / (width * height), left, right, top, bottom };
}

/** Rounded as in the authors' code: `half` is cut off on both sides of a pixel. */
function interval(length: number, side: number, random: () => number): [from: number, to: number] {
  const half = Math.floor(Math.floor(length * side) / 2);
  const centre = Math.floor(random() * length);
  return [Math.max(0, centre - half), Math.min(length, centre + half)];
}

/** 0 inside the box, 1 elsewhere: `[height, width, 1]`. */
function ownPixels(live: (read: (drawn: Drawn) => number) => Tensor, height: number, width: number): Tensor {
  const within = (length: number, from: Tensor, to: Tensor) => {
    const pixels = tf.range(0, length);
    return pixels.greaterEqual(from).logicalAnd(pixels.less(to)).toFloat();
  };
  const rows = within(
    height,
    live(({ top }) => top),
    live(({ bottom }) => bottom),
  );
  const columns = within(
    width,
    live(({ left }) => left),
    live(({ right }) => right),
  );
  return tf.sub(1, rows.reshape([height, 1, 1]).mul(columns.reshape([1, width, 1])));
}

/** `own` of each row, and the rest of its partner. */
function mixed<T extends Tensor>(rows: T, own: Tensor): T {
  const attrs = { T: { type: 'float32' }, Tshift: { type: 'int32' }, Taxis: { type: 'int32' } } as const;
  const [partners] = nativeOp('Roll', [rows, tf.scalar(1, 'int32'), tf.scalar(0, 'int32')], attrs, 1);
  return rows.mul(own).add(partners.mul(tf.sub(1, own)));
}
