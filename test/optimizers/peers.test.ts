/** 20 steps beside PyTorch 2.13 and Keras 3.15 in float64, at a rate that changes in every one: tools/peers/optimizers_fixture.py. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { difference } from '../compile/compared';
import { withoutLeaks } from '../no-leaks';
import { optimizerOf, peers, RUNNERS, regression } from './regression';

for (const peer of peers.cases) {
  for (const runner of RUNNERS) {
    const options = JSON.stringify(peer.options);
    test(`${peer.optimizer} ${options}, ${runner}: within 1e-6 of ${peer.source}`, async () => {
      await withoutLeaks(async () => {
        const ours = regression(optimizerOf(peer), runner);
        const graphs = new Set<unknown>();
        let compared = 0;
        for (const [i, rate] of peer.rates.entries()) {
          await ours.step(rate);
          graphs.add(ours.graph());
          const expected = peer.kept.find(({ step }) => step === i + 1);
          if (!expected) continue;
          ours.variables.forEach((variable, at) => {
            const values = [expected.kernel, expected.bias][at];
            const off = difference(variable.dataSync(), values);
            assert.ok(off <= 1e-6, `step ${i + 1}, variable ${at}: off by ${off}; ${variable} not ${values}`);
          });
          compared++;
        }
        assert.deepEqual([compared, graphs.size], [4, 1]);
        assert.equal(ours.optimizer.iterations, 20);
        ours.dispose();
      });
    });
  }
}
