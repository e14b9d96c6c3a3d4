import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exercise } from '../../lib/src/notebook/exercise';
import { capturedTerminal } from './captured-output';

function verdict(answer: number | null | undefined): string {
  const terminal = capturedTerminal();
  const check = (value: number) => value.toFixed(0) === '42';
  exercise({ number: 2, answer, check, hint: 'think of the bias' }, terminal.output);
  return terminal.text();
}

test('an exercise says whether it is answered, right, or what to think of', () => {
  assert.equal(verdict(undefined), 'Exercise 2: not answered yet\n');
  assert.equal(verdict(null), 'Exercise 2: not answered yet\n');
  assert.equal(verdict(42), 'Exercise 2: right\n');
  assert.equal(verdict(41), 'Exercise 2: not yet: think of the bias\n');
});

test('an answer of another type is wrong, not an error', () => {
  assert.equal(verdict('42' as never), 'Exercise 2: not yet: think of the bias\n');
});
