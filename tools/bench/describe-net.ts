/**
 * Prints a net as JSON, layers and shapes, for a process that must not load the library's layers: those register faster
 * gradients, and TensorFlow.js as it comes has none of them.
 *
 * usage: describe-net.ts NAME
 */
import type { ImageShape } from '../../lib/src/data/split';
import type { NetName } from './measurement';
import { NETS } from './nets';

export interface NetDescription {
  readonly imageShape: ImageShape;
  readonly classes: number;
  /** As `model.toJSON` gives it and `tf.models.modelFromJSON` takes it. */
  readonly topology: string;
}

const { imageShape, classes, build } = NETS[process.argv[2] as NetName];
const topology = build().toJSON() as string;
console.log(JSON.stringify({ imageShape, classes, topology } satisfies NetDescription));
