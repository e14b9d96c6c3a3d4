import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countParameters } from '../../lib/src/model/layer-table';
import type { NetName } from '../../tools/bench/measurement';
import { NETS } from '../../tools/bench/nets';
import { withoutLeaks } from '../no-leaks';

const counted: [name: NetName, what: string, total: number, trained: number][] = [
  ['article', "the article's parameters", 329_898, 328_874],
  ['resnet20', "the paper's 269,722 parameters, and 2,752 in projections", 274_042, 272_474],
  ['resnet110', "the paper's 1.7 million parameters", 1_739_002, 1_730_714],
  ['resnet50', "torchvision's 25,557,032 parameters", 25_610_152, 25_557_032],
];

for (const [name, what, total, trained] of counted) {
  test(`${name} trains ${what}`, async () => {
    await withoutLeaks(() => {
      const model = NETS[name].build();
      assert.deepEqual(countParameters(model), { total, trainable: trained });
      assert.deepEqual(model.inputs[0].shape, [null, ...NETS[name].imageShape]);
      assert.deepEqual(model.outputs[0].shape, [null, NETS[name].classes]);
      model.dispose();
    });
  });
}
