// @ts-check
/**
 * Loads TensorFlow.js and prints what it says of itself as one line of JSON. Run as a child process, so that a crash in native code
 * is an answer as well: `node ask-tensorflow.mjs CHECKOUT LIBRARY...`.
 */
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import util from 'node:util';

const [root, ...libraries] = process.argv.slice(2);
const require = createRequire(path.join(root, 'lib', 'package.json'));

// what tfjs-node 4.22.0 calls and Node 23 removed; lib/src/tensorflow/load.ts does the same
const functions = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (util));
functions.isNullOrUndefined ??= (/** @type {unknown} */ value) => value === null || value === undefined;
functions.isArray ??= Array.isArray;

const tf = require('@tensorflow/tfjs-node-gpu');
const product = tf.tidy(() =>
  Array.from(tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync()),
);
const backend = /** @type {{ isUsingGpuDevice: boolean, binding: { TF_Version: string } }} */ (
  /** @type {unknown} */ (tf.backend())
);

/** @param {string} library name or path for the loader */
function opens(library) {
  try {
    require('koffi').load(library);
    return true;
  } catch {
    return false;
  }
}

/** Why TensorFlow's C API, on which compiled steps run, cannot be called; undefined when it can. */
function cApiProblem() {
  try {
    const engine = path.dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
    const library = require('koffi').load(realpathSync(path.join(engine, 'deps/lib/libtensorflow_cc.so.2')));
    library.func('void *TF_NewGraph()');
    library.func('str TF_Version()')();
    return undefined;
  } catch (error) {
    return String(error).split('\n')[0];
  }
}

process.stdout.write(
  `\n${JSON.stringify({
    product,
    cApiProblem: cApiProblem(),
    tfjs: tf.version['tfjs-core'],
    tensorflow: backend.binding.TF_Version,
    usesGpu: backend.isUsingGpuDevice,
    missing: libraries.filter((library) => !opens(library)).map((library) => path.basename(library)),
  })}\n`,
);
