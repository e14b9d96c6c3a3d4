import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { describeSettings, settings } from '../../lib/src/notebook/settings';

const root = path.join(path.sep, 'checkout');

test('without variables the settings are those of the article, on whatever data there is', () => {
  assert.deepEqual(settings({}, root), {
    data: 'auto',
    epochs: 10,
    seed: 1,
    outputDirectory: path.join(root, 'out'),
    modelDirectories: [path.join(root, 'out', 'model'), path.join(root, 'out', 'model')],
    dataDirectory: path.join(root, 'data'),
  });
});

test('variables change the settings, and an empty one counts as not set', () => {
  const environment = {
    RESNET_LAB_DATA: 'generated',
    RESNET_LAB_EPOCHS: '2',
    RESNET_LAB_IMAGES: '500',
    RESNET_LAB_SEED: '0',
    RESNET_LAB_OUT: path.join('out', 'fast'),
  };
  assert.deepEqual(settings(environment, root), {
    data: 'generated',
    epochs: 2,
    images: 500,
    seed: 0,
    outputDirectory: path.join(root, 'out', 'fast'),
    modelDirectories: [path.join(root, 'out', 'fast', 'model'), path.join(root, 'out', 'model')],
    dataDirectory: path.join(root, 'data'),
  });
  assert.equal(settings({ RESNET_LAB_IMAGES: '', RESNET_LAB_DATA: ' ' }, root).images, undefined);
});

test('a value that a variable cannot have is refused in words', () => {
  const refused = (environment: Record<string, string>, message: string) =>
    assert.throws(() => settings(environment, root), { name: 'RangeError', message });
  refused(
    { RESNET_LAB_DATA: 'mnist' },
    'invalid RESNET_LAB_DATA; not one of auto, cifar10, cifar100, generated: mnist',
  );
  refused({ RESNET_LAB_EPOCHS: '0' }, 'invalid RESNET_LAB_EPOCHS; not an integer of at least 1: 0');
  refused({ RESNET_LAB_IMAGES: '1e3' }, 'invalid RESNET_LAB_IMAGES; not an integer of at least 1: 1e3');
  refused({ RESNET_LAB_SEED: '-1' }, 'invalid RESNET_LAB_SEED; not an integer in 0..4294967295: -1');
});

test('the settings read in one line', () => {
  assert.equal(
    describeSettings(settings({}, root)),
    'data auto, 10 epochs, all training images, seed 1, results in out',
  );
  const outside = path.join(path.sep, 'elsewhere');
  const chosen = settings(
    { RESNET_LAB_OUT: outside, RESNET_LAB_EPOCHS: '1', RESNET_LAB_IMAGES: '1000' },
    root,
  );
  assert.equal(
    describeSettings(chosen),
    `data auto, 1 epoch, at most 1,000 training images, seed 1, results in ${outside}`,
  );
});
