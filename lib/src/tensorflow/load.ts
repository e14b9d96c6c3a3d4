import './open'; // first of all: it prepares the process, and the next line finds the library open

import tf = require('@tensorflow/tfjs-node-gpu');

/**
 * TensorFlow.js on the native TensorFlow library: the whole `@tensorflow/tfjs-node-gpu` module, its types included
 * (`tf.Tensor`, `tf.LayersModel`). Every other file of the package takes it from here.
 */
export { tf };
