import assert from 'node:assert/strict';
import test from 'node:test';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { Cluster } from '../../lib/src/cluster/cluster';
import { adam } from '../../lib/src/model/keras-defaults';
import { tf } from '../../lib/src/tensorflow/load';
import { functionsOf } from '../../lib/src/train/model-functions';
import { validate } from '../../lib/src/train/validate';
import { withoutLeaks } from '../no-leaks';
import { dispose, dropoutModel } from './resumable';
import { tinySplit } from './tiny-problem';

/** Worker 0 of two, of which the other one says what it says; what they say is JSON, as between processes. */
const twoAlike = {
  ...{ index: 0, size: 2 },
  gather: async (_topic: string, value: unknown) => [0, 1].map(() => JSON.parse(JSON.stringify(value))),
} as unknown as Cluster;

const split = tinySplit(20);

function measured(model: LayersModel, cluster?: Cluster) {
  return validate(model, functionsOf(model, false), split, undefined, cluster);
}

test('in a cluster a loss or an accuracy that is no number stays none, as alone', async () => {
  await withoutLeaks(async () => {
    const model = dropoutModel(adam());
    model.compile({ optimizer: model.optimizer, loss: 'categoricalCrossentropy' });
    for (const cluster of [undefined, twoAlike]) {
      const unmeasured = (await measured(model, cluster))!;
      assert.ok(unmeasured.loss > 0);
      assert.deepEqual(unmeasured.accuracy, Number.NaN);
    }
    tf.tidy(() => model.setWeights(model.getWeights().map((weight) => weight.mul(Number.NaN))));
    for (const cluster of [undefined, twoAlike]) {
      assert.deepEqual((await measured(model, cluster))!.loss, Number.NaN);
    }
    dispose(model);
  });
});
