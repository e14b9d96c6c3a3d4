import assert from 'node:assert/strict';
import test from 'node:test';
import type { Attr } from '../../lib/src/tensorflow/attributes';
import { attrOf, nativeBackend, opAttrOf } from '../../lib/src/tensorflow/backend';

const ATTRS: readonly Attr[] = [
  { string: 'NHWC' },
  { int: 3 },
  { ints: [1, 2, 2, 1] },
  { float: 0.5 },
  { floats: [0.5, 1.5] },
  { bool: true },
  { bools: [true, false] },
  { type: 'float16' },
  { shape: [3, 1] },
];

test("an attribute is the same after it was put into tfjs-node's form and back", () => {
  const backend = nativeBackend();
  for (const attr of ATTRS) {
    const kernel = opAttrOf(backend, 'name', attr);
    assert.equal(typeof kernel.type, 'number', JSON.stringify(attr));
    assert.deepEqual(attrOf(backend, kernel), attr);
  }
});

test("a tensor is refused, which tfjs-node's operations cannot be given", () => {
  const tensor = { dtype: 'float32', shape: [], values: Float32Array.of(1) } as const;
  assert.throws(() => opAttrOf(nativeBackend(), 'value', { tensor }), {
    name: 'TypeError',
    message: 'cannot run an operation; its attribute value is a tensor, which tfjs-node has no kind for',
  });
});
