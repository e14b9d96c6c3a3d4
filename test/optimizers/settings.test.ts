import assert from 'node:assert/strict';
import test from 'node:test';
import type { Scalar, Variable } from '@tensorflow/tfjs-node-gpu';
import { type AdamWOptions, adamW } from '../../lib/src/optimizers/adam-w';
import { biasesAndNorms } from '../../lib/src/optimizers/groups';
import { type SgdOptions, sgd } from '../../lib/src/optimizers/sgd';
import { tf } from '../../lib/src/tensorflow/load';
import { variable } from '../compile/compared';
import { withoutLeaks } from '../no-leaks';

const REFUSED_BY_SGD: [unknown, string][] = [
  [
    undefined,
    'TypeError: invalid options; sgd takes { learningRate, momentum, nesterov, momentumForm, weightDecay, decay, groups }: undefined',
  ],
  [
    { learningRate: 1, momentun: 0.9 },
    'TypeError: unknown option; sgd takes { learningRate, momentum, nesterov, momentumForm, weightDecay, decay, groups }: momentun',
  ],
  [{}, 'TypeError: invalid learningRate; not a finite number of at least 0: undefined'],
  [{ learningRate: -1 }, 'RangeError: invalid learningRate; not a finite number of at least 0: -1'],
  [{ learningRate: Number.NaN }, 'RangeError: invalid learningRate; not a finite number of at least 0: NaN'],
  [{ learningRate: '0.1' }, 'TypeError: invalid learningRate; not a finite number of at least 0: "0.1"'],
  [{ learningRate: 1, momentum: 1 }, 'RangeError: invalid momentum; not a number in [0, 1): 1'],
  [{ learningRate: 1, momentum: -0.1 }, 'RangeError: invalid momentum; not a number in [0, 1): -0.1'],
  [{ learningRate: 1, nesterov: 1 }, 'TypeError: invalid nesterov; not true or false: 1'],
  [
    { learningRate: 1, nesterov: true },
    'RangeError: invalid nesterov; it needs a momentum greater than 0: momentum 0',
  ],
  [
    { learningRate: 1, momentumForm: 'caffe' },
    'TypeError: invalid momentumForm; not "pytorch" or "keras": "caffe"',
  ],
  [{ learningRate: 1, decay: 'l2' }, 'TypeError: invalid decay; not "decoupled" or "coupled": "l2"'],
  [
    { learningRate: 1, weightDecay: -1 },
    'RangeError: invalid weightDecay; not a finite number of at least 0: -1',
  ],
  [{ learningRate: 1, groups: {} }, 'TypeError: invalid groups; not an array: Object'],
  [
    { learningRate: 1, groups: [{}] },
    'TypeError: invalid groups[0].variables; not a function of { name, shape }: undefined',
  ],
  [
    { learningRate: 1, groups: [{ variables: biasesAndNorms }, { decay: 0 }] },
    'TypeError: unknown option; groups[1] takes { variables, rate, weightDecay }: decay',
  ],
  [
    { learningRate: 1, groups: [{ variables: biasesAndNorms, rate: -1 }] },
    'RangeError: invalid groups[0].rate; not a finite number of at least 0: -1',
  ],
  [
    { learningRate: 1, groups: [{ variables: biasesAndNorms, weightDecay: Number.NaN }] },
    'RangeError: invalid groups[0].weightDecay; not a finite number of at least 0: NaN',
  ],
];

const REFUSED_BY_ADAMW: [unknown, string][] = [
  [
    { momentum: 0.9 },
    'TypeError: unknown option; adamW takes { learningRate, beta1, beta2, epsilon, weightDecay, groups }: momentum',
  ],
  [
    { learningRate: Number.POSITIVE_INFINITY },
    'RangeError: invalid learningRate; not a finite number of at least 0: Infinity',
  ],
  [{ beta1: 1 }, 'RangeError: invalid beta1; not a number in [0, 1): 1'],
  [{ beta2: Number.NaN }, 'RangeError: invalid beta2; not a number in [0, 1): NaN'],
  [{ epsilon: 0 }, 'RangeError: invalid epsilon; not a finite number greater than 0: 0'],
  [{ weightDecay: null }, 'TypeError: invalid weightDecay; not a finite number of at least 0: null'],
];

test('options that cannot be are refused in words, and leave no tensor behind', async () => {
  await withoutLeaks(() => {
    const refused = [
      ...REFUSED_BY_SGD.map(([options, words]) => [() => sgd(options as SgdOptions), words] as const),
      ...REFUSED_BY_ADAMW.map(([options, words]) => [() => adamW(options as AdamWOptions), words] as const),
    ];
    for (const [make, words] of refused) {
      assert.throws(make, (error) => {
        assert.equal(String(error), words);
        return true;
      });
    }
  });
});

test('a rate that is set must be a rate; 0 is one', () => {
  const optimizer = sgd({ learningRate: 0 });
  assert.throws(() => {
    optimizer.learningRate = Number.NaN;
  }, /^RangeError: invalid learningRate; not a finite number of at least 0: NaN$/);
  assert.equal(optimizer.learningRate, 0);
  optimizer.dispose();
});

test('the configuration is plain JSON: options for the same optimizer, with groups in words', async () => {
  await withoutLeaks(() => {
    const kernels = ({ shape }: { readonly shape: readonly number[] }) => shape.length === 4;
    const groups = [
      { variables: biasesAndNorms, weightDecay: 0 },
      { variables: kernels, rate: 0.5 },
      { variables: ({ name }: { readonly name: string }) => name === 'head/kernel' },
    ];
    const [first, second] = [sgd({ learningRate: 0.1, momentum: 0.9 }), adamW({ groups })];
    const config = JSON.parse(JSON.stringify(first.getConfig()));
    const same = sgd(config);
    assert.deepEqual(config, {
      learningRate: 0.1,
      momentum: 0.9,
      nesterov: false,
      momentumForm: 'pytorch',
      weightDecay: 0,
      decay: 'coupled',
      groups: [],
    });
    assert.deepEqual(same.getConfig(), config);
    const { groups: described, ...others } = JSON.parse(JSON.stringify(second.getConfig()));
    assert.deepEqual(others, {
      learningRate: 0.001,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-7,
      weightDecay: 0.004,
    });
    assert.deepEqual(described.slice(0, 2), [
      { variables: 'biasesAndNorms', rate: 1, weightDecay: 0 },
      { variables: 'kernels', rate: 0.5, weightDecay: 0.004 },
    ]);
    assert.match(described[2].variables, /name\s*===\s*['"]head\/kernel['"]/);
    assert.deepEqual([first.getClassName(), second.getClassName()], ['Sgd', 'AdamW']);
    for (const each of [first, second, same]) each.dispose();
  });
});

test('a variable belongs to the first group that takes it', async () => {
  await withoutLeaks(() => {
    const w = variable([1, 1], { trainable: true });
    const b = variable(1, { trainable: true });
    const groups = [
      { variables: ({ name }: { readonly name: string }) => name === b.name, rate: 0 },
      { variables: biasesAndNorms, rate: 0.5 },
      { variables: () => true, rate: 100 },
    ];
    const optimizer = sgd({ learningRate: 0.1, groups });
    optimizer.minimize(() => w.add(b).sum() as Scalar, false, [w, b]);
    assert.deepEqual([...w.dataSync()], [0.95, 0.95].map(Math.fround));
    assert.equal(b.dataSync()[0], 1);
    optimizer.dispose();
    tf.dispose([w, b]);
  });
});

test('biases and norms are the variables of one axis or none', () => {
  const shapes = [[], [16], [3, 3, 16, 32], [64, 10]];
  assert.deepEqual(
    shapes.map((shape) => biasesAndNorms({ name: 'w', shape })),
    [true, true, false, false],
  );
});

/** Two steps of gradient 1 from 0: at rate 1, then at rate 0. */
function pathOf(options: Omit<SgdOptions, 'learningRate'>): number[] {
  const w = variable(0, { trainable: true });
  const optimizer = sgd({ learningRate: 1, momentum: 0.5, ...options });
  const path = [1, 0].map((rate) => {
    optimizer.learningRate = rate;
    optimizer.minimize(() => w.mul(1) as Scalar, false, [w]);
    return w.dataSync()[0];
  });
  optimizer.dispose();
  w.dispose();
  return path;
}

test("at a rate of 0 PyTorch's momentum stands still, and Keras's rolls on", async () => {
  await withoutLeaks(() => {
    assert.deepEqual(pathOf({}), [-1, -1]);
    assert.deepEqual(pathOf({ momentumForm: 'keras' }), [-1, -1.5]);
    assert.deepEqual(pathOf({ nesterov: true }), [-1.5, -1.5]);
    assert.deepEqual(pathOf({ nesterov: true, momentumForm: 'keras' }), [-1.5, -1.75]);
  });
});

/** One step of a weight of 10 that has no gradient to speak of. */
function decayed(
  make: (w: Variable) => {
    minimize(f: () => Scalar, cost: boolean, w: Variable[]): unknown;
    dispose(): void;
  },
) {
  const w = variable(10, { trainable: true });
  const optimizer = make(w);
  optimizer.minimize(() => w.mul(0) as Scalar, false, [w]);
  const [value] = w.dataSync();
  optimizer.dispose();
  w.dispose();
  return value;
}

test("decoupled decay takes rate * decay of a weight, whatever the optimizer; a group's rate counts", async () => {
  await withoutLeaks(() => {
    const all = { learningRate: 0.1, weightDecay: 0.5 };
    const half = [{ variables: biasesAndNorms, rate: 0.5 }];
    assert.equal(
      decayed(() => sgd({ ...all, decay: 'decoupled' })),
      9.5,
    );
    assert.equal(
      decayed(() => sgd({ ...all, decay: 'decoupled', momentum: 0.9 })),
      9.5,
    );
    assert.equal(
      decayed(() => adamW(all)),
      9.5,
    );
    assert.equal(
      decayed(() => adamW({ ...all, groups: half })),
      9.75,
    );
    assert.equal(
      decayed(() => sgd({ ...all, decay: 'coupled', momentum: 0.9, nesterov: true })),
      Math.fround(10 - 0.1 * 5 * 1.9),
    );
  });
});

test('model.fit takes them, and a variable without a gradient is let be', async () => {
  await withoutLeaks(async () => {
    for (const optimizer of [sgd({ learningRate: 0.1, momentum: 0.9 }), adamW()]) {
      const model = tf.sequential({
        layers: [tf.layers.dense({ units: 1, inputShape: [2], kernelInitializer: 'ones' })],
      });
      model.compile({ optimizer, loss: 'meanSquaredError' });
      const [x, y] = [tf.ones([4, 2]), tf.zeros([4, 1])];
      const { history } = await model.fit(x, y, { epochs: 3, verbose: 0 });
      const losses = history.loss as number[];
      assert.ok(losses[0] > losses[1] && losses[1] > losses[2], String(losses));

      const [used, unused] = [variable(1, { trainable: true }), variable(1, { trainable: true })];
      tf.tidy(() => {
        optimizer.minimize(() => used.square() as Scalar, false, [unused, used]);
      });
      assert.ok(used.dataSync()[0] < 1);
      assert.equal(unused.dataSync()[0], 1);
      optimizer.dispose();
      model.dispose();
      tf.dispose([x, y, used, unused]);
    }
  });
});
