import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imageNetResNetConfig, kerasResNetConfig } from '../../lib/src/model/imagenet-resnet';

test('a depth that there is not is refused with those that there are, fewer in Keras', () => {
  for (const depth of [18, 60]) {
    assert.throws(() => kerasResNetConfig(depth), {
      name: 'RangeError',
      message: `invalid depth; not 50, 101 or 152: ${depth}`,
    });
  }
  assert.throws(() => imageNetResNetConfig(60), {
    name: 'RangeError',
    message: 'invalid depth; not 18, 34, 50, 101 or 152: 60',
  });
});
