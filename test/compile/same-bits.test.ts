/** Same seed, same bits: two trainings in sessions of their own are equal to the last bit of every weight. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { adam, applied, conv2d, denseSoftmax } from '../../lib/src/model/keras-defaults';
import { ResNet } from '../../lib/src/model/resnet';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { classesInTurn, disposeOptimizer, noiseTensor, stepOf } from './compared';

/** Losses of five steps and all weights after them, as bits. */
async function bitsOf(build: () => LayersModel, data: Tensor[], seed: number): Promise<string> {
  const model = build();
  model.compile({ optimizer: adam(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  const step = compile(stepOf(model, seed));
  const hex = (tensor: Tensor) => Buffer.from(Float32Array.from(tensor.dataSync()).buffer).toString('hex');
  const bits: string[] = [];
  for (let i = 0; i < 5; i++) {
    const { values, gradients } = await step(...data);
    bits.push(...values.map(hex));
    tf.dispose([values, gradients]);
  }
  bits.push(...model.getWeights().map(hex));
  step.dispose();
  disposeOptimizer(model.optimizer);
  model.dispose();
  return bits.join(' ');
}

test("the article's net, twice", async () => {
  await withoutLeaks(async () => {
    const data = [noiseTensor([32, 32, 32, 3], 1), classesInTurn(32, 10)];
    const build = (seed: number) => () => ResNet(10, { seed });
    const first = await bitsOf(build(1), data, 1);
    assert.ok((await bitsOf(build(1), data, 1)) === first, 'another result with the same seed');
    assert.ok((await bitsOf(build(2), data, 1)) !== first, 'the same result with another seed');
    tf.dispose(data);
  });
});

test('a net with dropout, twice; another seed drops others', async () => {
  await withoutLeaks(async () => {
    const data = [noiseTensor([16, 8, 8, 3], 1), classesInTurn(16, 4)];
    const build = () => {
      const images = tf.input({ shape: [8, 8, 3] });
      let x = conv2d(8, 3, { name: 'conv', seed: 1 })(images);
      x = applied(tf.layers.dropout({ rate: 0.3, name: 'drop' }))(x);
      x = applied(tf.layers.flatten())(x);
      return tf.model({ inputs: images, outputs: denseSoftmax(4, { name: 'head', seed: 1 })(x) });
    };
    const first = await bitsOf(build, data, 5);
    assert.ok((await bitsOf(build, data, 5)) === first, 'another result with the same seed');
    assert.ok((await bitsOf(build, data, 6)) !== first, 'the same result with another seed');
    tf.dispose(data);
  });
});
