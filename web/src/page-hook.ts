import type { GradCam } from '../../lib/src/explain/grad-cam';
import type { Backend, BackendName } from './backend-names';
import type { LoadedSamples } from './page-data';

/** `window.resnetLab`, for tests and for the browser's console; there once the first backend is in use and measured. */
export interface PageHook {
  readonly backends: readonly Backend[];
  /** 0..255, `[images, side, side, 3]`, and their classes. */
  readonly samples: LoadedSamples | undefined;
  /** What the page itself computes on stays marked as it is. */
  use(backend: BackendName): Promise<void>;
  /** @returns `[images][classes]` */
  classify(rgb: Uint8Array): Promise<number[][]>;
  explain(rgb: Uint8Array, classIndex: number): Promise<GradCam>;
}

declare global {
  interface Window {
    resnetLab?: PageHook;
  }
}
