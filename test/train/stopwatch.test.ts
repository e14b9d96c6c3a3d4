import assert from 'node:assert/strict';
import test from 'node:test';
import { Stopwatch } from '../../lib/src/train/stopwatch';

/** A clock that goes when it is told to. */
function clockOf(t: test.TestContext): { wait(seconds: number): void } {
  let now = 5000; // milliseconds
  t.mock.method(performance, 'now', () => now);
  return {
    wait(seconds) {
      now += seconds * 1000;
    },
  };
}

test('it stands at 0 until it is started, and then counts seconds', (t) => {
  const [clock, stopwatch] = [clockOf(t), new Stopwatch()];
  clock.wait(3);
  assert.equal(stopwatch.seconds, 0);
  stopwatch.start();
  assert.equal(stopwatch.seconds, 0);
  clock.wait(1.5);
  assert.equal(stopwatch.seconds, 1.5);
  assert.equal(stopwatch.seconds, 1.5);
});

test('a second start does nothing', (t) => {
  const [clock, stopwatch] = [clockOf(t), new Stopwatch()];
  stopwatch.start();
  clock.wait(2);
  stopwatch.start();
  clock.wait(2);
  assert.equal(stopwatch.seconds, 4);
});

test('after a reset it stands still, at 0 or at what was measured before, and goes on from there', (t) => {
  const [clock, stopwatch] = [clockOf(t), new Stopwatch()];
  stopwatch.start();
  clock.wait(2);
  stopwatch.reset(60);
  clock.wait(2);
  assert.equal(stopwatch.seconds, 60);
  stopwatch.start();
  clock.wait(0.5);
  assert.equal(stopwatch.seconds, 60.5);
  stopwatch.reset();
  clock.wait(1);
  assert.equal(stopwatch.seconds, 0);
});
