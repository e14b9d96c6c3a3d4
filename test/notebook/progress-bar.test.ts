import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockTime, progressBar } from '../../lib/src/notebook/progress-bar';
import { capturedNotebook, capturedTerminal } from './captured-output';

/** A clock that a test moves, in milliseconds. */
function clock() {
  let time = 1_000_000;
  return { now: () => time, pass: (milliseconds: number) => (time += milliseconds) };
}

test('a notebook shows one output with percentage, counts, elapsed time and time left', () => {
  const { output, sent } = capturedNotebook();
  const { now, pass } = clock();
  const bar = progressBar({ total: 2000, label: 'training', output, now });
  pass(30_000);
  bar.update(500, 'loss 1.2');
  assert.deepEqual(sent.at(-1), {
    kind: 'update',
    id: sent[0].id,
    bundle: {
      'text/html':
        '<div style="white-space:nowrap"><progress max="1" value="0.2500"></progress> training 25 %, 500/2,000, 0:30 elapsed, 1:30 left, loss 1.2</div>',
      'text/plain': 'training 25 %, 500/2,000, 0:30 elapsed, 1:30 left, loss 1.2',
    },
  });
  pass(90_000);
  bar.update(2000, 'loss 0.9');
  bar.finish();
  assert.equal(sent.at(-1)!.bundle['text/plain'], 'training: 2,000 in 2:00, loss 0.9');
  assert.equal(sent.filter(({ kind }) => kind === 'display').length, 1);
});

test('thousands of updates draw at most four a second', () => {
  const { output, sent } = capturedNotebook();
  const { now, pass } = clock();
  const bar = progressBar({ total: 10_000, label: 'steps', output, now });
  for (let done = 1; done <= 10_000; done++) {
    pass(1); // ten seconds in all
    bar.update(done);
  }
  bar.finish();
  assert.ok(sent.length <= 42, `${sent.length} outputs`);
});

test('a bar that ends early says how far it came, once', () => {
  const terminal = capturedTerminal();
  const { now, pass } = clock();
  const bar = progressBar({ total: 10, label: 'training', output: terminal.output, now });
  pass(2000);
  bar.update(4);
  bar.finish('interrupted');
  bar.finish();
  bar.update(5);
  assert.equal(terminal.text(), 'training: stopped at 4/10 in 0:02, interrupted\n');
});

test('a log gets at most ten lines and the last one, five seconds apart at least', () => {
  const terminal = capturedTerminal();
  const { now, pass } = clock();
  const bar = progressBar({ total: 100, label: 'training', output: terminal.output, now });
  for (let done = 1; done <= 100; done++) {
    pass(200); // twenty seconds in all
    bar.update(done);
  }
  bar.finish();
  assert.deepEqual(terminal.text().split('\n'), [
    'training 25 %, 25/100, 0:05 elapsed, 0:15 left',
    'training 50 %, 50/100, 0:10 elapsed, 0:10 left',
    'training 75 %, 75/100, 0:15 elapsed, 0:05 left',
    'training: 100 in 0:20',
    '',
  ]);
});

test('a terminal draws one line again and again, within its width, and prints other lines above it', () => {
  const terminal = capturedTerminal({ isTTY: true, columns: 40 });
  const { now, pass } = clock();
  const bar = progressBar({ total: 4, label: 'epochs', output: terminal.output, now });
  pass(1000);
  bar.update(2);
  bar.print('epoch 2 done');
  bar.finish();
  const frames = terminal.text().split('\r\x1b[K');
  assert.deepEqual(frames, [
    '',
    '[                    ] epochs 0 %, 0/4,',
    '[==========          ] epochs 50 %, 2/4',
    'epoch 2 done\n',
    '[==========          ] epochs 50 %, 2/4',
    'epochs: stopped at 2/4 in 0:01\n',
  ]);
});

test('times read like a clock', () => {
  assert.deepEqual([0, 7.4, 59.6, 750, 3723].map(clockTime), ['0:00', '0:07', '1:00', '12:30', '1:02:03']);
});

test('bad numbers are refused in words', () => {
  const { output } = capturedTerminal();
  assert.throws(() => progressBar({ total: 0, label: 'x', output }), {
    name: 'RangeError',
    message: 'invalid total; not a positive number: 0',
  });
  assert.throws(() => progressBar({ total: 3, label: 'x', output }).update(4), {
    name: 'RangeError',
    message: 'invalid done; not in 0..3: 4',
  });
});
