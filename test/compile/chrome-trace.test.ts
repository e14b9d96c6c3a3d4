import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { chromeTrace, saveChromeTrace } from '../../lib/src/compile/chrome-trace';
import type { ProfiledStep } from '../../lib/src/compile/profile';
import { temporaryFolder } from '../temporary-folder';

/** Of a microsecond. */
const MEAN = { node: 'Mean', op: 'Mean', layer: '', pass: 'other', duration: 1, device: 'CPU:0' } as const;

const step: ProfiledStep = {
  ops: [
    {
      node: 'conv/Conv2D',
      op: '_FusedConv2D',
      layer: 'conv',
      pass: 'forward',
      start: 0,
      duration: 5.5,
      device: 'CPU:0',
    },
    {
      node: 'gradients/conv/Mul',
      op: 'Mul',
      layer: 'conv',
      pass: 'backward',
      start: 4,
      duration: 2,
      device: 'GPU:0',
    },
    { ...MEAN, start: 5 },
    { ...MEAN, start: 5.5 },
  ],
  duration: 6,
};

test('a profile becomes one event for every operation, on the first free row of its device', () => {
  const event = { ph: 'X', args: {} };
  assert.deepEqual(chromeTrace(step).traceEvents, [
    { ph: 'M', name: 'process_name', pid: 0, tid: 0, args: { name: 'CPU:0' } },
    { ph: 'M', name: 'process_name', pid: 1, tid: 0, args: { name: 'GPU:0' } },
    {
      ...event,
      name: '_FusedConv2D',
      cat: 'forward',
      pid: 0,
      tid: 0,
      ts: 0,
      dur: 5.5,
      args: { node: 'conv/Conv2D', layer: 'conv', pass: 'forward' },
    },
    {
      ...event,
      name: 'Mul',
      cat: 'backward',
      pid: 1,
      tid: 0,
      ts: 4,
      dur: 2,
      args: { node: 'gradients/conv/Mul', layer: 'conv', pass: 'backward' },
    },
    ...[
      { tid: 1, ts: 5 }, // the convolution goes on until 5.5
      { tid: 0, ts: 5.5 },
    ].map((place) => ({
      ...event,
      ...{ name: 'Mean', cat: 'other', pid: 0, dur: 1 },
      ...place,
      args: { node: 'Mean', layer: '', pass: 'other' },
    })),
  ]);
});

test('it is saved whole, into a folder that is made for it, and replaces an older one', (t) => {
  const file = path.join(temporaryFolder(t), 'traces', 'step.json');
  for (const saved of [{ ops: [], duration: 0 }, step]) {
    saveChromeTrace(saved, file);
    assert.deepEqual(JSON.parse(fs.readFileSync(file, 'utf8')), chromeTrace(saved));
    assert.deepEqual(fs.readdirSync(path.dirname(file)), ['step.json']);
  }
});
