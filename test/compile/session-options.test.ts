import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { GraphSession } from '../../lib/src/compile/graph-session';
import { checkSessionOptions, deviceName, type SessionOptions } from '../../lib/src/compile/session-options';
import { nativeBackend } from '../../lib/src/tensorflow/backend';
import { tf } from '../../lib/src/tensorflow/load';
import { withoutLeaks } from '../no-leaks';
import { difference, noiseTensor } from './compared';

const onGpu = nativeBackend().isUsingGpuDevice;

test('options are checked, and a wrong one is told with what it may be', () => {
  const wrong = (options: object, name: string, message: string) =>
    assert.throws(() => checkSessionOptions(options), { name, message });
  wrong(
    { device: 'tpu' },
    'TypeError',
    "invalid device; not 'cpu', 'gpu' or a GPU with its number as 'gpu:1': tpu",
  );
  wrong(
    { device: 'gpu:' },
    'TypeError',
    "invalid device; not 'cpu', 'gpu' or a GPU with its number as 'gpu:1': gpu:",
  );
  const cpu3 = "invalid device; not 'cpu', 'gpu' or a GPU with its number as 'gpu:1': cpu:3";
  wrong({ device: 'cpu:3' }, 'TypeError', cpu3); // TensorFlow would take CPU:0 without a word
  wrong({ xla: 'yes' }, 'TypeError', 'invalid xla; not a boolean: yes');
  wrong({ mixedPrecision: 'int8' }, 'TypeError', "invalid mixedPrecision; not 'bfloat16' or 'float16': int8");
  for (const threads of [0, -1, 1.5, Number.NaN]) {
    wrong(
      { intraOpThreads: threads },
      'RangeError',
      `invalid intraOpThreads; not a positive integer: ${threads}`,
    );
  }
  const known = 'device, xla, mixedPrecision, intraOpThreads';
  wrong({ precision: 16 }, 'TypeError', `unknown option; not one of ${known}: precision`);
  checkSessionOptions({});
  checkSessionOptions({ device: 'cpu:0', xla: false, mixedPrecision: 'bfloat16', intraOpThreads: 2 });
  checkSessionOptions({ device: undefined, intraOpThreads: undefined });
});

test('devices have their names in TensorFlow', () => {
  assert.equal(deviceName({}), undefined);
  assert.equal(deviceName({ device: 'cpu' }), '/device:CPU:0');
  assert.equal(deviceName({ device: 'gpu:2' }), '/device:GPU:2');
});

const layer = (x: Tensor2D, y: Tensor2D) => tf.tanh(tf.matMul(x, y).add(1)).sum(1);

/** What `layer` returns under these options, and on which devices its operations ran. */
async function run(options: SessionOptions): Promise<{ off: number; devices: string[] }> {
  return withoutLeaks(async () => {
    const [x, y] = [noiseTensor([64, 64], 1), noiseTensor([64, 64], 2)] as Tensor2D[];
    const compiled = compile(layer, options);
    const [actual, expected]: Tensor[] = [await compiled(x, y), tf.tidy(() => layer(x, y))];
    const off = difference(actual.dataSync(), expected.dataSync());
    const { ops } = await compiled.profile(x, y);
    tf.dispose([x, y, actual, expected]);
    compiled.dispose();
    return { off, devices: [...new Set(ops.map(({ device }) => device))] };
  });
}

test('on the processor, everything runs there', async () => {
  const { off, devices } = await run({ device: 'cpu' });
  assert.ok(off < 1e-5, `${off}`);
  assert.deepEqual(devices, ['CPU:0']);
});

test('a GPU where there is none is refused, and float16 with it', { skip: onGpu }, () => {
  const message = 'invalid device; TensorFlow uses no GPU here: gpu:7; "npm run doctor" tells why';
  for (const options of [{ device: 'gpu:7' }, { device: 'gpu', mixedPrecision: 'float16' }] as const) {
    const named = { name: 'RangeError', message: message.replace('gpu:7', options.device) };
    assert.throws(() => checkSessionOptions(options), named);
  }
  assert.throws(() => new GraphSession({ device: 'gpu:7' }), { message });
});

test('threads and XLA change how fast, not what', async () => {
  for (const options of [{ intraOpThreads: 1 }, { xla: true }]) {
    const { off } = await run(options);
    assert.ok(off < 1e-5, `${JSON.stringify(options)}: ${off}`);
  }
});

test('16 bits stay near', async () => {
  const { off } = await run({ mixedPrecision: 'bfloat16' });
  assert.ok(off < 0.02, `${off}`);
});

test('float16 stays near on a GPU', { skip: !onGpu && 'no GPU' }, async () => {
  const { off } = await run({ mixedPrecision: 'float16' });
  assert.ok(off < 0.01, `${off}`);
});

test('float16 is refused on the processor', () => {
  const message =
    "invalid mixedPrecision; 'float16' needs a GPU, and this computes on the processor: use 'bfloat16' there";
  const options: SessionOptions[] = [
    { mixedPrecision: 'float16', device: 'cpu' },
    ...(onGpu ? [] : [{ mixedPrecision: 'float16' } as const]),
  ];
  for (const each of options) assert.throws(() => compile(layer, each), { name: 'TypeError', message });
});
