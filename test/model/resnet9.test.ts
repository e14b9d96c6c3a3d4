import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe } from '../../lib/src/model/describe-net';
import { resNet9 } from '../../lib/src/model/resnet9';
import { withoutLeaks } from '../no-leaks';

test('ResNet-9 has 6,573,120 trained parameters: 6,568,640 in kernels, as counted by hand, and 4,480 in norms', async () => {
  await withoutLeaks(() => {
    const model = resNet9({ seed: null });
    const parts = describe(model);
    const kernels = 27 * 64 + 9 * (64 * 128 + 2 * 128 ** 2 + 128 * 256 + 256 * 512 + 2 * 512 ** 2) + 512 * 10;
    const norms = 2 * (64 + 3 * 128 + 256 + 3 * 512);
    assert.equal(parts.at(-1)!.trainable, kernels + norms);
    assert.equal(kernels + norms, 6_573_120);
    assert.deepEqual(
      parts.map(({ part, output, layers }) => [part, output, layers]),
      [
        ['stem', [32, 32, 64], 1],
        ['stage 1', [16, 16, 128], 3],
        ['stage 2', [8, 8, 256], 1],
        ['stage 3', [4, 4, 512], 3],
        ['head', [10], 1],
        ['total', [10], 9],
      ],
    );
    model.dispose();
  });
});

test('what cannot be built is refused', () => {
  assert.throws(() => resNet9({ classes: 1 }), /invalid classes; not an integer of at least 2: 1/);
  for (const side of [4, 20]) {
    assert.throws(() => resNet9({ inputShape: [side, 32, 3] }), {
      name: 'RangeError',
      message: `invalid inputShape; height and width must be multiples of 8: [${side},32,3]`,
    });
  }
  assert.throws(() => resNet9({ depth: 9 } as never), /unknown option; resNet9 takes/);
});
