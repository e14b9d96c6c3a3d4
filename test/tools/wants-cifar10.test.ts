import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { wantsCifar10 } from '../../tools/setup/wants-cifar10.mjs';
import { temporaryFolder } from '../temporary-folder';

test('the walkthrough wants CIFAR-10 unless it is there, or other images were asked for', (t) => {
  const root = temporaryFolder(t);
  const wants = (options: string[], environment = {}) => wantsCifar10(options, environment, root);
  assert.ok(wants([]));
  assert.ok(wants(['--seed', '3', '--data', 'cifar10']));
  assert.ok(wants(['--data=auto'], { RESNET_LAB_DATA: 'generated' }));
  for (const others of [['--fast'], ['--help'], ['--data', 'generated'], ['--data=cifar100']])
    assert.ok(!wants(others), others.join(' '));
  assert.ok(!wants([], { RESNET_LAB_DATA: 'generated' }));
  assert.ok(!wants([], { CIFAR10_DIR: '/somewhere' }));
  fs.mkdirSync(path.join(root, 'data', 'cifar-10-batches-bin'), { recursive: true });
  assert.ok(!wants([]));
});
