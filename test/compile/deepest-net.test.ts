import assert from 'node:assert/strict';
import test from 'node:test';
import type { Split } from '../../lib/src/data/split';
import { cifarResNet } from '../../lib/src/model/cifar-resnet';
import { sgd } from '../../lib/src/optimizers/sgd';
import { train } from '../../lib/src/train/train';
import { withoutLeaks } from '../no-leaks';

const IMAGES = 4;
const SIZE = 8; // pixels: the graph is as long as for images of 32
const split: Split = {
  name: 'noise',
  images: Uint8Array.from({ length: IMAGES * SIZE * SIZE * 3 }, (_, i) => (i * 37) % 256),
  labels: Uint8Array.from({ length: IMAGES }, (_, i) => i),
  classNames: Array.from({ length: 10 }, (_, i) => `class ${i}`),
  imageShape: [SIZE, SIZE, 3],
};

/** The loss of every step, all on the same batch. */
async function losses(steps: number, compile?: false): Promise<number[]> {
  const model = cifarResNet(1001, { version: 2, inputShape: [SIZE, SIZE, 3] });
  const optimizer = sgd({ learningRate: 0.001, momentum: 0.9 });
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  const found: number[] = [];
  for await (const record of train(model, split, { epochs: steps, batchSize: IMAGES, compile })) {
    if (record.kind === 'step') found.push(record.loss);
  }
  model.dispose();
  optimizer.dispose();
  return found;
}

test("ResNet-1001's training step becomes one graph, which computes what the eager step does", async () => {
  const [compiled, [eager]] = await withoutLeaks(async () => [await losses(2), await losses(1, false)]);
  assert.equal(compiled.length, 2);
  assert.ok(Number.isFinite(compiled[1]));
  // Batch norm divides by the deviation of few numbers a thousand times over: rounding grows to a hundredth.
  assert.ok(Math.abs(compiled[0] - eager) < 0.05 * eager, `${compiled[0]} and ${eager}`);
});
