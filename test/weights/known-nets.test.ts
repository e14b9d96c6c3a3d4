import assert from 'node:assert/strict';
import test from 'node:test';
import { buildResNet } from '../../lib/src/model/build-resnet';
import { countParameters } from '../../lib/src/model/layer-table';
import { knownNames, knownNet, sourceOf } from '../../lib/src/weights/known-nets';
import { withoutLeaks } from '../no-leaks';

test('one name stands for two nets, by whose file it is: they differ in biases, and in what they want to see', async () => {
  await withoutLeaks(() => {
    const countOf = (source: 'torch' | 'keras') => {
      const { config, preprocess } = knownNet('resnet50', source);
      const model = buildResNet(config, { seed: null });
      const { total } = countParameters(model);
      model.dispose();
      return [config.name, total, preprocess];
    };
    assert.deepEqual(countOf('torch'), ['resnet50', 25_610_152, 'torch']); // torchvision's 25,557,032 and the norms' statistics
    assert.deepEqual(countOf('keras'), ['resnet50', 25_636_712, 'caffe']);
    assert.equal(knownNet('resnet50v2', 'keras').preprocess, 'tf');
  });
});

test('a net takes images of any size unless it is told one, and has the classes that it is told', () => {
  assert.deepEqual(knownNet('resnet18', 'torch').config.inputShape, [null, null, 3]);
  const { config } = knownNet('resnet18', 'torch', { classes: 10, inputShape: [64, 64, 3] });
  assert.deepEqual([config.classes, config.inputShape], [10, [64, 64, 3]]);
});

test('whose file it is stands at the end of its name', () => {
  assert.deepEqual(['a.safetensors', 'b.h5', 'c.weights.h5', 'd.keras'].map(sourceOf), [
    'torch',
    'keras',
    'keras',
    'keras',
  ]);
  assert.throws(() => sourceOf('weights.pth'), {
    name: 'RangeError',
    message: 'invalid file; its name does not end in .safetensors, .h5, .keras: weights.pth',
  });
});

test('a name that nobody has in such files is refused with those that there are', () => {
  assert.throws(() => knownNet('resnet50v2', 'torch'), {
    name: 'RangeError',
    message: `invalid name of a net; not one of ${knownNames('torch').join(', ')}: resnet50v2`,
  });
});
