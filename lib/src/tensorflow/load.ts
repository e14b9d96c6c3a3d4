/**
 * Loads TensorFlow.js with the native backend, once, with the settings that have to be in place before the library opens.
 *
 * Every other file of the package takes `tf` from here.
 */
import util from 'node:util';
import type * as TensorFlow from '@tensorflow/tfjs-node-gpu';
import { quietly } from './quiet';

/** What tfjs-node 4.22.0 still calls and Node 23 removed. */
function restoreRemovedUtilFunctions(): void {
  const functions = util as unknown as Record<string, (value: unknown) => boolean>;
  functions.isNullOrUndefined ??= (value) => value === null || value === undefined;
  functions.isArray ??= Array.isArray;
}

function load(): typeof TensorFlow {
  restoreRemovedUtilFunctions();
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'; // errors only; 0 shows everything
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true'; // else TensorFlow takes all of the GPU's memory at once
  try {
    return quietly(() => {
      const loaded = require('@tensorflow/tfjs-node-gpu') as typeof TensorFlow;
      loaded.tensor1d([0]).dispose(); // the first kernel wakes the device, which has something to say as well
      return loaded;
    });
  } catch (error) {
    throw new Error(
      `cannot load TensorFlow.js: ${firstLine(error)}; run "npm run doctor" in the checkout, it names the remedy`,
      { cause: error },
    );
  }
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0];
}

/** TensorFlow.js on the native TensorFlow library: the whole `@tensorflow/tfjs-node-gpu` module. */
export const tf = load();
