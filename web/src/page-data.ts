/** What `npm run web` writes beside the page, and the page reads: plain data, so that cards are understood in one place, in Node. */
import type { PreprocessMode } from '../../lib/src/weights/preprocess';

/** The folder of these files, seen from the page. */
export const DATA_FOLDER = 'data';

export const FILES = { page: 'page.json', model: 'model.json', samples: 'samples.bin' } as const;

export interface PageData {
  readonly model: PageModel;
  readonly samples: SampleImages | NoSamples;
}

export interface PageModel {
  /** From its card, in a line: name, training, result. */
  readonly summary: string;
  /** Where it was found, for people. */
  readonly origin: string;
  /** From its card, for who wants to know more. */
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  /** In the order of the model's outputs. */
  readonly classNames: readonly string[];
  /** Height and width of an image as the model gets it, in pixels. */
  readonly side: number;
  /** `unit`: values 0..1; else as an imported net's weights want it. */
  readonly pixels: 'unit' | PreprocessMode;
}

/** Images `[labels.length, side, side, 3]` of 0..255 in {@link FILES}.samples, row-major. */
export interface SampleImages {
  /** Of the split, e.g. `"CIFAR-10 test images"`. */
  readonly name: string;
  readonly side: number;
  readonly labels: readonly number[];
}

export interface NoSamples {
  /** A sentence: why there are none, and how to get some. */
  readonly missing: string;
}

export interface LoadedSamples extends SampleImages {
  /** 0..255, `[labels.length, side, side, 3]` */
  readonly images: Uint8Array;
}
