import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { liveDisplay } from '../../lib/src/notebook/live-display';
import { capturedNotebook, capturedTerminal } from './captured-output';

test('a live display is one output that changes in place', async () => {
  const { output, sent } = capturedNotebook();
  const live = liveDisplay(undefined, { interval: 0, output });
  for (const text of ['a', 'b', 'c']) await live.update(text);
  await live.finish('d');
  assert.deepEqual(sent[0], { kind: 'display', bundle: { 'text/plain': 'a' }, id: sent[0].id });
  assert.ok(sent.slice(1).every(({ kind, id }) => kind === 'update' && id === sent[0].id));
  assert.deepEqual(sent.at(-1)!.bundle, { 'text/plain': 'd' });
});

test('updates that come too fast are left out and the last one is still shown', async () => {
  const { output, sent } = capturedNotebook();
  const live = liveDisplay('start', { interval: 100, output });
  for (let i = 1; i <= 900; i++) await live.update(`${i}`);
  assert.ok(sent.length <= 4, `${sent.length} outputs`);
  await wait(250);
  assert.equal(sent.at(-1)!.bundle['text/plain'], '900');
  assert.ok(sent.length <= 5, `${sent.length} outputs`);
});

test('updates that nobody waits for do not overtake each other', async () => {
  const { output, sent } = capturedNotebook();
  const live = liveDisplay(undefined, { interval: 0, output });
  void live.update('a');
  void live.update('b');
  await live.finish();
  assert.deepEqual(
    sent.map(({ kind, bundle }) => [kind, bundle['text/plain']]),
    [
      ['display', 'a'],
      ['update', 'b'],
    ],
  );
});

test('finish shows the latest update at once, and nothing twice', async () => {
  const { output, sent } = capturedNotebook();
  const live = liveDisplay('a', { interval: 60_000, output });
  await live.update('b');
  await live.finish();
  await live.finish();
  assert.deepEqual(
    sent.map(({ kind, bundle }) => [kind, bundle['text/plain']]),
    [
      ['display', 'a'],
      ['update', 'a'],
      ['update', 'b'],
    ],
  );
});

test('what cannot be shown is refused, and the display works on', async () => {
  const { output, sent } = capturedNotebook();
  const live = liveDisplay(undefined, { interval: 0, output });
  await assert.rejects(live.update(7 as never), /^TypeError: cannot show/);
  assert.throws(() => liveDisplay(7 as never, { output }), /^TypeError: cannot show/);
  await live.finish('fine');
  assert.deepEqual(
    sent.map(({ bundle }) => bundle['text/plain']),
    ['fine'],
  );
});

test('a terminal gets the first and the last, not every update', async () => {
  const terminal = capturedTerminal();
  const live = liveDisplay(undefined, { output: terminal.output });
  for (let i = 1; i <= 100; i++) await live.update(`state ${i}`);
  await live.finish();
  assert.equal(terminal.text(), 'state 1\nstate 100\n');
});

test('a plot gets its picture at the end, not on the way', async () => {
  const { output, sent } = capturedNotebook();
  const spec = { data: { values: [{ a: 1 }] }, mark: 'point' as const };
  const live = liveDisplay(undefined, { interval: 0, output });
  await live.update(spec);
  await live.finish();
  assert.deepEqual(
    sent.map(({ bundle }) => 'image/svg+xml' in bundle),
    [false, true],
  );
});
