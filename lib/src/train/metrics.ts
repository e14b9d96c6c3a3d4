import type { LayersModel } from '@tensorflow/tfjs-node-gpu';

/** What a model measures on some images. */
export interface Metrics {
  /** Mean of the compiled loss. */
  readonly loss: number;
  /** Share of images classified rightly, 0..1; NaN when the model was compiled without accuracy. */
  readonly accuracy: number;
}

/**
 * Sorts what TensorFlow.js returns by the model's metric names.
 *
 * `metrics: ['accuracy']` comes back as `acc`, other spellings as `categoricalAccuracy` and the like.
 */
export function namedMetrics(model: LayersModel, values: readonly number[]): Metrics {
  const accuracy = model.metricsNames.findIndex((name) => /acc(uracy)?$/i.test(name));
  return { loss: values[0], accuracy: accuracy < 0 ? Number.NaN : values[accuracy] };
}

/** What a mean over images is made of. */
export interface MetricsSums extends Metrics {
  readonly images: number;
}

/** The mean over images of metrics that come batch by batch: each batch counts by its images, as in Keras. */
export class MetricsMean {
  #sums: MetricsSums;

  /** @param sums of an earlier mean, to go on with */
  constructor(sums: MetricsSums = { loss: 0, accuracy: 0, images: 0 }) {
    this.#sums = sums;
  }

  /** Of several means, counted one after the other. */
  static of(all: readonly MetricsSums[]): MetricsMean {
    const mean = new MetricsMean();
    for (const { loss, accuracy, images } of all) {
      if (images > 0) mean.add({ loss: loss / images, accuracy: accuracy / images }, images);
    }
    return mean;
  }

  /** Images counted so far. */
  get images(): number {
    return this.#sums.images;
  }

  get sums(): MetricsSums {
    return this.#sums;
  }

  add(metrics: Metrics, images: number): void {
    const { loss, accuracy } = this.#sums;
    this.#sums = {
      loss: loss + metrics.loss * images,
      accuracy: accuracy + metrics.accuracy * images,
      images: this.images + images,
    };
  }

  result(): Metrics {
    const { loss, accuracy, images } = this.#sums;
    return { loss: loss / images, accuracy: accuracy / images };
  }
}
