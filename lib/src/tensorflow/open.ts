/**
 * Opens TensorFlow.js with the native backend, once, with the settings that have to be in place before the library loads.
 * Imported for this effect alone, by `load.ts`.
 */
import util from 'node:util';
import type * as TensorFlow from '@tensorflow/tfjs-node-gpu';
import { quietly } from './quiet';

restoreRemovedUtilFunctions();
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'; // errors only; 0 shows everything
process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true'; // else TensorFlow takes all of the GPU's memory at once
process.env.TF_OVERRIDE_GLOBAL_THREADPOOL ??= '1'; // each session has threads of its own, as many as its options say
process.env.TF_MKL_OPTIMIZE_PRIMITIVE_MEMUSE ??= 'false'; // oneDNN keeps its convolutions, however large the batch: a tenth faster
process.env.TF_USE_CUDNN_BATCHNORM_SPATIAL_PERSISTENT ??= '1'; // cuDNN's faster batch norm: a tenth to two fifths of a step on a GPU
try {
  quietly(() => {
    const tf = require('@tensorflow/tfjs-node-gpu') as typeof TensorFlow;
    tf.tensor1d([0]).dispose(); // the first kernel wakes the device, which has something to say as well
  });
} catch (error) {
  const [reason] = String(error instanceof Error ? error.message : error).split('\n');
  const remedy = 'run "npm run doctor" in the checkout, it names the remedy';
  throw new Error(`cannot load TensorFlow.js: ${reason}; ${remedy}`, { cause: error });
}

/** What tfjs-node 4.22.0 calls although Node 22 warns of it and Node 23 removed it. */
function restoreRemovedUtilFunctions(): void {
  Object.assign(util, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  });
}
