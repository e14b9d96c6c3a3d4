import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { type PixelStatistics, pixelStatistics } from '../data/pixel-statistics';
import type { Split } from '../data/split';
import { tf } from '../tensorflow/load';
import { shown } from './check-arguments';
import { type Applied, applied } from './keras-defaults';

type LayerConfig = NonNullable<ConstructorParameters<typeof tf.layers.Layer>[0]>;

/** As `get_config()` of Keras's layer writes it. */
export interface NormalizationConfig extends LayerConfig {
  /** Only the last: statistics of each channel. */
  readonly axis?: -1;
  /** `[channels]` */
  readonly mean: readonly number[];
  /** The square of the standard deviation, `[channels]`. */
  readonly variance: readonly number[];
}

const EPSILON = 1e-7; // keras.config.epsilon(): what a standard deviation of 0 counts as

/**
 * Keras's `Normalization` with fixed statistics (keras.io/api/layers/preprocessing_layers/numerical/normalization):
 * `y = (x - mean) / max(sqrt(variance), epsilon)`. They are part of the layer's settings, not weights, so that a saved model has them
 * in its topology and sees images as in training wherever it is loaded.
 *
 * `[..., channels]` -> `[..., channels]`
 *
 * @throws TypeError when the statistics are not two lists of equally many numbers, or are asked of another axis
 * @throws RangeError when a variance is negative
 */
export class Normalization extends tf.layers.Layer {
  static readonly className = 'Normalization';
  readonly #mean: readonly number[];
  readonly #variance: readonly number[];

  constructor(config: NormalizationConfig) {
    const { axis = -1, mean, variance } = config;
    if (axis !== -1) throw new TypeError(`invalid axis; not -1, the last: ${shown(axis)}`);
    checkStatistics('mean', mean);
    checkStatistics('variance', variance);
    if (mean.length !== variance.length) {
      throw new TypeError(`invalid variance; not of ${mean.length} numbers as the mean: ${variance.length}`);
    }
    const negative = variance.find((value) => value < 0);
    if (negative !== undefined) throw new RangeError(`invalid variance; not at least 0: ${negative}`);
    super(config);
    [this.#mean, this.#variance] = [mean, variance];
  }

  override computeOutputShape(inputShape: number[]): number[] {
    const channels = inputShape.at(-1);
    if (this.#mean.length !== channels) {
      throw new TypeError(
        `cannot apply ${this.name}; its statistics are of ${this.#mean.length} channels: ${channels}`,
      );
    }
    return inputShape;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const x = Array.isArray(inputs) ? inputs[0] : inputs;
    const std = this.#variance.map((variance) => Math.max(Math.sqrt(variance), EPSILON));
    return tf.tidy(() => x.sub(tf.tensor1d([...this.#mean])).div(tf.tensor1d(std)));
  }

  override getConfig() {
    return { ...super.getConfig(), axis: -1, mean: [...this.#mean], variance: [...this.#variance] };
  }
}

tf.serialization.registerClass(Normalization as never); // saved models have it when they are loaded

/**
 * Shifts and scales the channels to mean 0 and standard deviation 1 over a split: the first layer of a network whose images are
 * 0..1.
 *
 * @param statistics 0..1; or the split to take them from, which should be the one to train on
 * @throws RangeError when the split is empty
 */
export function normalization(statistics: Split | PixelStatistics, { name }: { name: string }): Applied {
  const { mean, std } = 'mean' in statistics ? statistics : pixelStatistics(statistics);
  return applied(new Normalization({ mean, variance: std.map((value) => value ** 2), name }));
}

function checkStatistics(name: string, values: unknown): void {
  if (Array.isArray(values) && values.length > 0 && values.every(Number.isFinite)) return;
  throw new TypeError(
    `invalid ${name}; not a list of finite numbers, one for each channel: ${shown(values)}`,
  );
}
