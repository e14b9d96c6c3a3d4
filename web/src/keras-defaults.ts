/**
 * What the page has of `lib/src/model/keras-defaults.ts`, see vite.config.mts: it builds no net and trains none, and the whole file would
 * replace TensorFlow.js's batch norm and gradients by operations that browsers lack.
 */
import type { layers, SymbolicTensor } from '@tensorflow/tfjs';

export type Applied = (x: SymbolicTensor) => SymbolicTensor;

export function applied(layer: layers.Layer): Applied {
  return (x) => layer.apply(x) as SymbolicTensor;
}
