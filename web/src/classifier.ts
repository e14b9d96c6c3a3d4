import type { io, LayersModel, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import { type GradCam, gradCam } from '../../lib/src/explain/grad-cam';
import '../../lib/src/model/normalization'; // a layer of ours that saved nets may have
import { median } from '../../lib/src/plot/mean';
import { preprocess } from '../../lib/src/weights/preprocess';
import type { BackendName } from './backend-names';
import type { PageModel } from './page-data';
import { tf } from './tensorflow';

/** Runs, of which the first ones compile shaders and allocate; and how long a slow net may take for them. */
const WARM_UP = { least: 1, most: 3, milliseconds: 1000 };
const MEASURED = { least: 3, most: 30, milliseconds: 1500 };

/** Milliseconds for one image: pixels in, probabilities out. */
export interface Speed {
  readonly median: number;
  readonly runs: number;
}

/**
 * What computes Grad-CAM where the backend itself does not: the library reads its results at once, for which a browser has to stop and
 * wait, and WebGPU is made not to be waited for.
 */
const EXPLAINED_BY: { readonly [chosen in BackendName]?: BackendName } = { webgpu: 'wasm' };

/**
 * The net on one backend at a time. Calls wait for one another: TensorFlow.js has one current backend, which must not change while
 * something is computed.
 */
export class Classifier {
  readonly #about: PageModel;
  readonly #saved: io.ModelArtifacts;
  readonly #models = new Map<BackendName, LayersModel>();
  #chosen?: BackendName;
  #last: Promise<unknown> = Promise.resolve();

  /** @param saved kept, since every backend is given the weights anew: reading them back from a graphics device is slow */
  constructor(about: PageModel, saved: io.ModelArtifacts) {
    this.#about = about;
    this.#saved = saved;
  }

  /** Moves the net to another backend. */
  use(backend: BackendName): Promise<void> {
    return this.#inTurn(async () => {
      this.#chosen = undefined;
      for (const model of this.#models.values()) model.dispose();
      this.#models.clear();
      await this.#modelOn(backend);
      this.#chosen = backend;
    });
  }

  /**
   * @param rgb 0..255, `[images, side, side, 3]`
   * @returns `[images][classes]`
   */
  classify(rgb: Uint8Array): Promise<number[][]> {
    return this.#inTurn(() => this.#probabilities(rgb));
  }

  /** Where in one image the score of a class comes from. */
  explain(rgb: Uint8Array, classIndex: number): Promise<GradCam> {
    return this.#inTurn(async () => {
      const chosen = this.#inUse();
      const model = await this.#modelOn(EXPLAINED_BY[chosen] ?? chosen);
      const image = this.#images(rgb);
      try {
        return gradCam(model, image, { classIndex });
      } finally {
        image.dispose();
      }
    });
  }

  /** How long one image takes on the current backend. */
  measure(rgb: Uint8Array): Promise<Speed> {
    return this.#inTurn(async () => {
      await this.#timed(rgb, WARM_UP);
      const times = await this.#timed(rgb, MEASURED);
      return { median: median(times), runs: times.length };
    });
  }

  /** @returns milliseconds of each run */
  async #timed(rgb: Uint8Array, { least, most, milliseconds }: typeof MEASURED): Promise<number[]> {
    const times: number[] = [];
    const began = performance.now();
    while (times.length < least || (times.length < most && performance.now() - began < milliseconds)) {
      const start = performance.now();
      await this.#probabilities(rgb);
      times.push(performance.now() - start);
    }
    return times;
  }

  async #probabilities(rgb: Uint8Array): Promise<number[][]> {
    const model = await this.#modelOn(this.#inUse());
    const result = tf.tidy(() => model.predict(this.#images(rgb)) as Tensor2D);
    try {
      return await result.array();
    } finally {
      result.dispose();
    }
  }

  /** As the model wants them; the caller disposes them. */
  #images(rgb: Uint8Array): Tensor4D {
    const { side, pixels } = this.#about;
    return tf.tidy(() => {
      const images = tf.tensor4d(rgb, [rgb.length / (side * side * 3), side, side, 3], 'float32');
      return (pixels === 'unit' ? images.div(255) : preprocess(images, pixels)) as Tensor4D;
    });
  }

  /** Makes a backend the current one. */
  async #modelOn(backend: BackendName): Promise<LayersModel> {
    if (tf.getBackend() !== backend && !(await tf.setBackend(backend))) {
      throw new Error(`cannot start ${backend}; choose another backend`);
    }
    const model =
      this.#models.get(backend) ??
      (await tf.loadLayersModel({ load: async () => this.#saved }).catch(explainUnopened));
    this.#models.set(backend, model);
    return model;
  }

  #inUse(): BackendName {
    if (this.#chosen) return this.#chosen;
    throw new Error('cannot classify; no backend is in use: choose one');
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {}); // the caller of `work` hears of it
    return result;
  }
}

function explainUnopened(error: unknown): never {
  const why = (error instanceof Error ? error.message : String(error)).split(/\.\s|\n/)[0];
  throw new Error(
    `cannot open the net; ${why}: the page knows TensorFlow.js's own layers, and of ours Normalization`,
    { cause: error },
  );
}
