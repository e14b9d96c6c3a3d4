/** What Keras computed of the article's network, and the same network, weights and images here. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { LayersModel, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs-node-gpu';
import { ResNet } from '../../lib/src/model/resnet';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';

/** How an array is filled; `number` is its own. */
interface Fill {
  shape: number[];
  number: number;
  centre: number;
  spread: number;
}

export interface VariableRecord extends Fill {
  layer: string;
  weight: string;
  trainable: boolean;
  /** Its norm, and its component along the fixed direction `fill` gives for number 1000. */
  gradient?: { norm: number; along: number };
}

interface Fixture {
  images: Fill;
  labels: number[];
  inference: { logits: number[][]; loss: number };
  trainingLoss: number;
  adamLosses: number[];
  variables: VariableRecord[];
  statisticsAfterOneStep: Record<string, number[]>;
}

export const keras: Fixture = JSON.parse(
  fs.readFileSync(path.join(__dirname, '../fixtures/keras-article.json'), 'utf8'),
);

export function fill({ shape, number, centre, spread }: Fill): Float32Array {
  return Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => {
    const wave = 43758.5453 * Math.sin(12.9898 * i + 78.233 * number + 1);
    return centre + spread * (2 * (wave - Math.floor(wave)) - 1);
  });
}

export interface Setting {
  model: LayersModel;
  images: Tensor4D;
  targets: Tensor2D;
}

/** Builds the filled network and the batch, hands them to `use`, and disposes them. */
export async function withArticle(use: (setting: Setting) => void | Promise<void>): Promise<void> {
  await withoutLeaks(async () => {
    const model = ResNet(10);
    for (const record of keras.variables) {
      tf.tidy(() => variableOf(model, record).assign(tf.tensor(fill(record), record.shape)));
    }
    const images = tf.tensor4d(fill(keras.images), keras.images.shape as [number, number, number, number]);
    const targets = tf.tidy(() => tf.oneHot(keras.labels, 10).toFloat()) as Tensor2D;
    await use({ model, images, targets });
    tf.dispose([images, targets]);
    model.dispose();
  });
}

export function variableOf(
  model: LayersModel,
  { layer, weight }: { layer: string; weight: string },
): Variable {
  const found = model.getLayer(layer).weights.find((each) => each.originalName === `${layer}/${weight}`);
  assert.ok(found, `${layer} has no ${weight}`);
  return found.read() as Variable;
}

export function assertClose(actual: number, expected: number, tolerance: number, what: string): void {
  const off = Math.abs(actual - expected);
  assert.ok(off <= tolerance, `${what}: ${actual}, Keras ${expected}, off by ${off}`);
}

export const relative = (tolerance: number, expected: number) => tolerance * Math.abs(expected);

/** The fixture has a gradient's norm, and its component along a fixed direction; both are compared within 1e-4. */
export function assertGradient(gradient: ArrayLike<number>, record: VariableRecord): void {
  const name = `gradient of ${record.layer}/${record.weight}`;
  const { norm, along } = record.gradient!;
  const direction = fill({ shape: record.shape, number: 1000, centre: 0, spread: 1 });
  const ownNorm = Math.sqrt(dot(gradient, gradient));
  if (hasNoInfluence(record)) {
    assertClose(ownNorm, 0, 1e-4, name);
    assertClose(norm, 0, 1e-4, name);
  } else {
    assertClose(ownNorm, norm, relative(1e-4, norm), name);
    const ownAlong = dot(gradient, direction) / Math.sqrt(dot(direction, direction));
    assertClose(ownAlong, along, relative(1e-4, norm), `${name} along a fixed direction`);
  }
}

/** Batch norm subtracts what the bias of the convolution before it adds: such a gradient is rounding noise around 0. */
function hasNoInfluence({ layer, weight }: VariableRecord): boolean {
  return weight === 'bias' && /_conv\d?$/.test(layer);
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}
