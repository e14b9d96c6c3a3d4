import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunConfig } from '../../lib/src/train/run-config';
import { groupRuns } from '../../lib/src/train/run-groups';
import { runConfig } from './small-run';

const run = (options: object, more: Partial<RunConfig> = {}) => {
  const config = { ...runConfig({ ...options }), ...more };
  return { name: `s${config.options.seed}`, config, epochs: [], seconds: 0 };
};
const told = (runs: Parameters<typeof groupRuns>[0]) =>
  groupRuns(runs).map(({ name, runs, differs }) => [name, runs.map(({ name }) => name).join(' '), differs]);

test('runs that differ in their seed only are a group, whatever they ran on; a group is named by what differs', () => {
  const runs = [
    run({ seed: 1, optimizer: { className: 'SGD', rate: 0.1 } }),
    run({ seed: 1, optimizer: { className: 'Adam', rate: 0.1 }, batchSize: 16 }),
    run({ seed: 2, optimizer: { className: 'SGD', rate: 0.1 } }, { created: '2027-01-01', commit: null }),
    run({ seed: 2, optimizer: { className: 'Adam', rate: 0.1 }, batchSize: 16 }),
  ];
  const [sgd, adam] = ['batchSize 8, className SGD', 'batchSize 16, className Adam'];
  assert.deepEqual(told(runs), [
    [sgd, 's1 s2', sgd],
    [adam, 's1 s2', adam],
  ]);
});

test('titles name the groups where each has one of its own', () => {
  const runs = [run({ seed: 1 }, { title: 'small' }), run({ batchSize: 16 }, { title: 'large' })];
  assert.deepEqual(told(runs), [
    ['small', 's1', 'batchSize 8'],
    ['large', 's1', 'batchSize 16'],
  ]);
  const renamed = run({ seed: 2 }, { title: 'small again' });
  assert.deepEqual(
    told([...runs, renamed]).map(([name]) => name),
    ['batchSize 8', 'batchSize 16'],
  );
});

test('a single group differs in nothing, and is named by its title or its model', () => {
  assert.deepEqual(told([run({ seed: 1 }), run({ seed: 2 })]), [['a small run', 's1 s2', '']]);
  assert.deepEqual(told([run({ seed: 1 }, { title: 'a' }), run({ seed: 2 }, { title: 'b' })]), [
    ['resnet', 's1 s2', ''],
  ]);
});

test('an option that one group lacks is shown whole; fields that end alike are shown with their paths', () => {
  const runs = [run({ augment: { flip: true } }), run({ augment: { flip: false } }), run({ augment: null })];
  assert.deepEqual(
    groupRuns(runs).map(({ name }) => name),
    ['augment {flip:true}', 'augment {flip:false}', 'augment null'],
  );
  const [alike] = groupRuns([
    run({ a: { rate: 1 }, b: { rate: 2 } }),
    run({ a: { rate: 3 }, b: { rate: 4 } }),
  ]);
  assert.equal(alike.name, 'a.rate 1, b.rate 2');
});

test('nets are told apart by their names, and by numbers where these are the same', () => {
  const net = (name: string, layers: string) => run({}, { model: { name, parameters: 1, layers } });
  assert.deepEqual(
    groupRuns([net('resnet', 'a'), net('plain', 'b')]).map(({ name }) => name),
    ['model resnet', 'model plain'],
  );
  assert.deepEqual(
    groupRuns([net('resnet', 'a'), net('plain', 'b'), net('plain', 'c')]).map(({ name }) => name),
    ['model resnet', 'model plain', 'model plain (2)'],
  );
});
