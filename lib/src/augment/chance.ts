import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { nameHash } from '../model/name-hash';
import { seededUniform } from '../ops/seeded-uniform';
import { tf } from '../tensorflow/load';

/** What the random numbers of one step depend on; all int32, the caller's. */
export interface AugmentChance {
  /** Scalar: of the training. */
  readonly seed: Tensor;
  /** Scalar: every step has numbers of its own. */
  readonly step: Tensor;
  /** Scalar: in which epoch the images are seen, for what alternates. */
  readonly epoch: Tensor;
  /** Which images of the split these are, `[batch]`. */
  readonly indices: Tensor;
}

/**
 * Uniform numbers in `[0, 1)` that depend on kind, shape, seed and step. Every kind has a stream of its own, so that switching one
 * on leaves what the others draw as it was.
 */
export function draw(kind: string, shape: readonly number[], { seed, step }: AugmentChance): Tensor {
  return seededUniform(shape, seed.add(streamOf(kind)), step);
}

/** What sets one kind of draw apart from the others: an int32 scalar. */
export function streamOf(kind: string): Tensor {
  return tf.scalar(nameHash(`augment/${kind}`), 'int32');
}
