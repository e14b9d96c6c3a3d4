import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { RunFolder } from '../../tools/run-notebooks/run-folder';
import { temporaryFolder } from '../temporary-folder';

test('what a run leaves takes the place of what an earlier one left', (t) => {
  const out = temporaryFolder(t);
  const write = (file: string, text: string) => {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  };
  write(path.join(out, 'model', 'old.bin'), 'old');
  const folder = new RunFolder(out);
  write(path.join(folder.path, 'model', 'new.bin'), 'new');
  folder.publish();
  folder.remove();
  assert.deepEqual(fs.readdirSync(path.join(out, 'model')), ['new.bin']);
  assert.deepEqual(fs.readdirSync(out), ['model']);
});

test('but trainings come beside those that are there, which may have taken days', (t) => {
  const out = temporaryFolder(t);
  const trained = (parent: string, name: string, text: string) => {
    fs.mkdirSync(path.join(parent, 'runs', name), { recursive: true });
    fs.writeFileSync(path.join(parent, 'runs', name, 'run.json'), text);
  };
  trained(out, 'resnet20-s1', 'for days');
  trained(out, 'chapter', 'yesterday');
  const folder = new RunFolder(out);
  trained(folder.path, 'chapter', 'today');
  trained(folder.path, '2026-11-25-resnet-s1', 'new');
  folder.publish();
  folder.publish(); // nothing is new
  folder.remove();
  const read = (name: string) => fs.readFileSync(path.join(out, 'runs', name, 'run.json'), 'utf8');
  assert.deepEqual(fs.readdirSync(path.join(out, 'runs')).sort(), [
    '2026-11-25-resnet-s1',
    'chapter',
    'resnet20-s1',
  ]);
  assert.deepEqual(['resnet20-s1', 'chapter', '2026-11-25-resnet-s1'].map(read), [
    'for days',
    'today',
    'new',
  ]);
});
