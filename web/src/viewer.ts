import { decodePredictions, type Guess } from '../../lib/src/weights/decode-predictions';
import type { BackendName } from './backend-names';
import type { Classifier, Speed } from './classifier';
import type { PageModel } from './page-data';
import type { Picture } from './picture';
import { markBackend, showMeasuring, showSpeed } from './view/backend-table';
import { showGuesses, showVerdict } from './view/guesses';
import { hideHeat, showHeat, showPicture } from './view/stage';

/** One picture on the page, what the net says about it, and the class that is explained. */
export class Viewer {
  readonly #classifier: Classifier;
  readonly #about: PageModel;
  readonly #onShow: (picture: Picture) => void;
  readonly #onError: (error: unknown) => void;
  #picture?: Picture;
  #inUse = false;
  /** The backend that was asked for last. */
  #wanted?: BackendName;
  #guesses: readonly Guess[] = [];

  constructor(
    classifier: Classifier,
    about: PageModel,
    { onShow, onError }: { onShow: (picture: Picture) => void; onError: (error: unknown) => void },
  ) {
    this.#classifier = classifier;
    this.#about = about;
    this.#onShow = onShow;
    this.#onError = onError;
  }

  /**
   * Shows a picture at once, and the net's guesses when they are there, unless another picture has come meanwhile. Before a backend
   * is in use there are none; they come with it.
   */
  async show(picture: Picture): Promise<void> {
    this.#picture = picture;
    showPicture(picture);
    this.#onShow(picture);
    if (!this.#inUse) return;
    const probabilities = await this.#classifier.classify(picture.seen.rgb);
    if (this.#picture !== picture) return;
    const { classNames } = this.#about;
    [this.#guesses] = decodePredictions(probabilities, { classNames, top: 5 });
    const { truth } = picture;
    showVerdict(
      this.#guesses[0],
      truth === undefined ? undefined : { index: truth, name: classNames[truth] },
    );
    await this.explain(this.#guesses[0].index);
  }

  /** Lays over the picture what speaks for a class. */
  async explain(classIndex: number): Promise<void> {
    const picture = this.#picture;
    if (!picture) return;
    showGuesses(this.#guesses, classIndex, (index) => {
      this.explain(index).catch(this.#onError);
    });
    const cam = await this.#classifier.explain(picture.seen.rgb, classIndex);
    if (this.#picture === picture) showHeat(cam, this.#about.classNames[classIndex]);
  }

  /** Computes on another backend from now on: the picture again, and how long that takes. */
  async use(backend: BackendName): Promise<void> {
    this.#wanted = backend;
    markBackend(backend);
    showMeasuring(backend);
    hideHeat();
    try {
      await this.#classifier.use(backend);
      this.#inUse = true;
      if (this.#picture) await this.show(this.#picture);
      // Where another was asked for meanwhile, that one would be measured.
      showSpeed(backend, this.#wanted === backend ? await this.#measure() : undefined);
    } catch (error) {
      showSpeed(backend, undefined);
      throw error;
    }
  }

  #measure(): Promise<Speed> {
    const { side } = this.#about;
    return this.#classifier.measure(this.#picture?.seen.rgb ?? new Uint8Array(side ** 2 * 3));
  }
}
