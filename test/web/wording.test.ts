import assert from 'node:assert/strict';
import { test } from 'node:test';
import { milliseconds, percent, withArticle } from '../../web/src/wording';

test('shares are percents to a tenth, with a space that does not break', () => {
  assert.deepEqual([1, 0.9344, 0.001, 0].map(percent), [
    '100.0\u00a0%',
    '93.4\u00a0%',
    '0.1\u00a0%',
    '0.0\u00a0%',
  ]);
  assert.equal(percent(0.0004), '<\u00a00.1\u00a0%');
});

test('times are to a tenth of a millisecond, from a hundred on to one', () => {
  assert.deepEqual([0.8, 83.64, 412.3].map(milliseconds), ['0.8', '83.6', '412']);
});

test('classes have their article', () => {
  assert.deepEqual(['cat', 'airplane', 'Eskimo dog'].map(withArticle), [
    'a cat',
    'an airplane',
    'an Eskimo dog',
  ]);
});
