import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe } from '../../lib/src/model/describe-net';
import { withoutLeaks } from '../no-leaks';
import { PUBLISHED } from './published-counts';

for (const { net, config, trainable, total, gigaMultiplyAdds } of PUBLISHED) {
  const parts = [
    trainable && `${trainable.toLocaleString('en-US')} trained parameters`,
    total && `${total.toLocaleString('en-US')} numbers`,
    gigaMultiplyAdds && `${gigaMultiplyAdds} billion multiply-adds`,
  ].filter(Boolean);
  test(`${net} has ${parts.join(' and ')}`, async () => {
    await withoutLeaks(() => {
      const { part, ...counted } = describe(config).at(-1)!;
      assert.equal(part, 'total');
      if (trainable) assert.equal(counted.trainable, trainable);
      if (total) assert.equal(counted.parameters, total);
      if (gigaMultiplyAdds) {
        const off = Math.abs(counted.multiplyAdds / (1e9 * gigaMultiplyAdds) - 1);
        assert.ok(off < 0.001, `${counted.multiplyAdds}`);
      }
    });
  });
}
