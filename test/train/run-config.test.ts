import assert from 'node:assert/strict';
import { test } from 'node:test';
import vm from 'node:vm';
import { ResNet } from '../../lib/src/model/resnet';
import { tf } from '../../lib/src/tensorflow/load';
import {
  differences,
  environmentDifferences,
  type RunConfig,
  runName,
  settledConfig,
} from '../../lib/src/train/run-config';
import { layersHash } from '../../lib/src/train/run-model';
import { withoutLeaks } from '../no-leaks';
import { runConfig } from './small-run';

test('the same configuration has no differences, whenever, under whatever title and on whatever it ran', () => {
  const a = runConfig();
  const b = {
    ...runConfig(),
    created: '2027-01-01T00:00:00.000Z',
    title: 'again',
    device: 'another',
    versions: { node: '22.0.0' },
    commit: null,
  };
  assert.deepEqual(differences(a, b), []);
  assert.deepEqual(environmentDifferences(a, b), [
    'device: "CPU" and "another"',
    'versions.node: "20.0.0" and "22.0.0"',
    'commit: "1f3c" and null',
  ]);
  assert.deepEqual(environmentDifferences(a, { ...a, title: 'again' }), []);
});

test('every field that differs is named with both values, also where only one has it', () => {
  const a = runConfig({ batchSize: 32, rates: [0.1, 0.01], optimizer: { className: 'SGD', momentum: 0.9 } });
  const b: RunConfig = {
    ...runConfig({ batchSize: 128, rates: [0.1], optimizer: { className: 'SGD', nesterov: true } }),
    data: { ...a.data, trainImages: 50 },
  };
  assert.deepEqual(differences(a, b), [
    'data.trainImages: 60 and 50',
    'options.batchSize: 32 and 128',
    'options.rates: [0.1,0.01] and [0.1]',
    'options.optimizer.momentum: 0.9 and none',
    'options.optimizer.nesterov: none and true',
  ]);
});

test('an object against null or nothing is one difference, and empty options are not the same as none', () => {
  const flipped = runConfig({ augmentation: { flip: true, shift: 4 } });
  assert.deepEqual(differences(flipped, runConfig({ augmentation: null })), [
    'options.augmentation: {"flip":true,"shift":4} and null',
  ]);
  assert.deepEqual(differences(runConfig({ augmentation: {} }), runConfig()), [
    'options.augmentation: {} and none',
  ]);
});

test('fields that are undefined, NaN or in another order do not differ from themselves on disk', () => {
  const a = runConfig({
    clip: undefined,
    limit: Number.POSITIVE_INFINITY,
    optimizer: { a: 1, b: Number.NaN },
  });
  const b = runConfig({ limit: Number.POSITIVE_INFINITY, optimizer: { b: Number.NaN, a: 1 } });
  assert.deepEqual(differences(a, b), []);
  assert.deepEqual(differences(a, settledConfig(a)), []);
  assert.deepEqual(settledConfig(a).options.limit, Number.POSITIVE_INFINITY);
});

test('objects that another realm made, as a notebook has one, are plain too', () => {
  const optimizer = vm.runInNewContext('({ className: "SGD", rates: [0.1, { at: 2 }] })');
  const here = { className: 'SGD', rates: [0.1, { at: 2 }] };
  assert.deepEqual(differences(runConfig({ optimizer }), runConfig({ optimizer: here })), []);
});

test('the name of a model counts only where its layers differ', () => {
  const a = runConfig();
  const model = { ...a.model, name: 'model7' };
  assert.deepEqual(differences(a, { ...a, model }), []);
  assert.deepEqual(differences(a, { ...a, model: { ...model, layers: 'cd34' } }), [
    'model.name: "resnet" and "model7"',
    'model.layers: "ab12" and "cd34"',
  ]);
});

test('a run is called by its time in UTC, its model and its seed', () => {
  const config = { ...runConfig({ seed: 1 }), created: '2026-11-25T22:58:00.500+02:00' };
  assert.equal(runName(config), '2026-11-25-205800-resnet-s1');
  const named = (name: string) => runName({ ...config, model: { ...config.model, name } });
  assert.equal(named('My/../Net #2!'), '2026-11-25-205800-my-net-2-s1');
  assert.equal(named('…'), '2026-11-25-205800-model-s1');
});

test('a config that lacks a field, or holds what JSON would change, is refused by the field', () => {
  const refused = (config: unknown, message: string) =>
    assert.throws(() => settledConfig(config as RunConfig), { name: 'TypeError', message });
  const { model: _, ...noModel } = runConfig();
  refused(noModel, 'invalid config; model.name must be of type string: none');
  refused(runConfig({ seed: '1' }), 'invalid config; options.seed must be of type number: "1"');
  refused(
    { ...runConfig(), created: 'yesterday' },
    'invalid config; created must be an ISO 8601 date: "yesterday"',
  );
  const plain = (what: string, kind: string) =>
    `invalid config; options.${what} must be plain data: ${kind}; describe it by texts and numbers`;
  refused(runConfig({ schedule: () => 0.1 }), plain('schedule', 'function'));
  refused(runConfig({ steps: [{ at: new Date(0) }] }), plain('steps.0.at', 'Date'));
  refused(runConfig({ mean: new Float32Array(3) }), plain('mean', 'Float32Array'));
  refused(null, 'invalid config; created must be of type string: none');
});

test('the layers of a net have one hash, whatever their names and seeds', async () => {
  await withoutLeaks(async () => {
    const models = [ResNet(10, { seed: 1 }), ResNet(10, { seed: 2 }), ResNet(11, { seed: 1 })];
    const [first, second, wider] = models.map(layersHash);
    assert.match(first, /^[\da-f]{16}$/);
    assert.equal(second, first);
    assert.notEqual(wider, first);
    for (const model of models) model.dispose();
  });
});

test('a hash tells apart an activation, a frozen layer and a connection, in models without names too', async () => {
  await withoutLeaks(async () => {
    const hash = ({ activation = 'relu' as 'relu' | 'tanh', trainable = true, skip = false } = {}) => {
      const input = tf.input({ shape: [4] });
      const hidden = tf.layers.dense({ units: 4, activation, trainable }).apply(input) as typeof input;
      const twice = [hidden, skip ? input : hidden];
      const outputs = tf.layers.add().apply(twice) as typeof input;
      const model = tf.model({ inputs: input, outputs });
      const hashed = layersHash(model);
      model.dispose();
      return hashed;
    };
    const all = [hash(), hash({ activation: 'tanh' }), hash({ trainable: false }), hash({ skip: true })];
    assert.equal(new Set(all).size, 4);
    assert.equal(hash(), all[0]);
    const sequential = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [4] })] });
    assert.notEqual(layersHash(sequential), all[0]);
    sequential.dispose();
  });
});
