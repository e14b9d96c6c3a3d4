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

/** The mean over images of metrics that come batch by batch: each batch counts by its images, as in Keras. */
export class MetricsMean {
  #loss = 0;
  #accuracy = 0;
  #images = 0;

  /** Images counted so far. */
  get images(): number {
    return this.#images;
  }

  add(metrics: Metrics, images: number): void {
    this.#loss += metrics.loss * images;
    this.#accuracy += metrics.accuracy * images;
    this.#images += images;
  }

  result(): Metrics {
    return { loss: this.#loss / this.#images, accuracy: this.#accuracy / this.#images };
  }
}
