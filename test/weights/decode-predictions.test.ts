import assert from 'node:assert/strict';
import test from 'node:test';
import { decodePredictions, IMAGENET_CLASS_NAMES } from '../../lib/src/weights/decode-predictions';

test('the most probable classes come first, with name, index and probability', () => {
  const guesses = decodePredictions([[0.1, 0.7, 0.2]], { top: 2, classNames: ['a', 'b', 'c'] });
  assert.deepEqual(guesses, [
    [
      { name: 'b', index: 1, probability: 0.7 },
      { name: 'c', index: 2, probability: 0.2 },
    ],
  ]);
});

test("ImageNet's classes stand in the order that everybody's weights have", () => {
  assert.equal(IMAGENET_CLASS_NAMES.length, 1000);
  const known = {
    0: 'tench',
    1: 'goldfish',
    207: 'golden retriever',
    285: 'Egyptian cat',
    999: 'toilet tissue',
  };
  for (const [index, name] of Object.entries(known)) assert.equal(IMAGENET_CLASS_NAMES[Number(index)], name);
  const ofImage = IMAGENET_CLASS_NAMES.map((_, index) => (index === 285 ? 0.9 : 0.1 / 999));
  assert.deepEqual(
    decodePredictions([ofImage])[0].map(({ name }) => name),
    ['Egyptian cat', 'tench', 'goldfish', 'great white shark', 'tiger shark'],
  );
});

test('probabilities of another number of classes are refused', () => {
  assert.throws(() => decodePredictions([[0.5, 0.5]]), {
    name: 'RangeError',
    message: 'invalid probabilities; 1000 classes have a name: 2 columns',
  });
  assert.throws(() => decodePredictions([], { top: 0 }), /invalid top; not a positive integer: 0/);
});
