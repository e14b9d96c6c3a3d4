/** What a step does besides the model: the same compiled and eagerly, and only in training. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { LayersModel, Optimizer, SymbolicTensor } from '@tensorflow/tfjs-node-gpu';
import { drawMix, type MixOptions } from '../../lib/src/augment/mix';
import { orderOf } from '../../lib/src/data/batches';
import { seededRandom } from '../../lib/src/data/random';
import type { Split } from '../../lib/src/data/split';
import { predict } from '../../lib/src/evaluate/predict';
import { adam } from '../../lib/src/model/keras-defaults';
import { adamW } from '../../lib/src/optimizers/adam-w';
import { muon } from '../../lib/src/optimizers/muon';
import { sgd } from '../../lib/src/optimizers/sgd';
import { tf } from '../../lib/src/tensorflow/load';
import type { EpochRecord, StepRecord } from '../../lib/src/train/records';
import { cosine } from '../../lib/src/train/schedules';
import { train } from '../../lib/src/train/train';
import type { TrainOptions } from '../../lib/src/train/training';
import { withoutLeaks } from '../no-leaks';
import { tinyModel, tinySplit, weightsOf } from './tiny-problem';

const split = tinySplit(40);
const validation = tinySplit(30, 2);
const COMPILED = { compile: {} } as const;
const EAGER = { compile: false } as const;

async function recordsOf(model: LayersModel, options: TrainOptions, of: Split = split) {
  const steps: StepRecord[] = [];
  const epochs: EpochRecord[] = [];
  for await (const record of train(model, of, { batchSize: 8, epochs: 2, ...options })) {
    if (record.kind === 'step') steps.push(record);
    else epochs.push(record);
  }
  return { steps, epochs };
}

/** With dropout, and no bias before batch norm: its gradient is nothing but rounding, of which Adam would make much. */
function smallNet(optimizer: Optimizer): LayersModel {
  const kernelInitializer = (seed: number) => tf.initializers.glorotUniform({ seed });
  const conv = { filters: 4, kernelSize: 3, useBias: false, kernelInitializer: kernelInitializer(1) };
  const head = { units: 3, activation: 'softmax', kernelInitializer: kernelInitializer(2) } as const;
  const images = tf.input({ shape: [4, 4, 3] });
  const layers = [
    tf.layers.conv2d(conv),
    tf.layers.batchNormalization({ momentum: 0.5 }),
    tf.layers.flatten(),
    tf.layers.dropout({ rate: 0.2, name: 'drop' }),
    tf.layers.dense(head),
  ];
  const output = layers.reduce((x, layer) => layer.apply(x) as SymbolicTensor, images);
  const model = tf.model({ inputs: images, outputs: output });
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

/** One training of a new net, of which nothing is left: all numbers that it told, and the weights at its end. */
async function trainingOf(make: () => Optimizer, options: TrainOptions) {
  return withoutLeaks(async () => {
    const optimizer = make();
    const model = smallNet(optimizer);
    const { steps, epochs } = await recordsOf(model, { seed: 3, validation, ...options });
    const told = {
      losses: steps.map(({ loss }) => loss),
      accuracies: steps.map(({ accuracy }) => accuracy),
      norms: steps.flatMap(({ gradientNorm }) => gradientNorm ?? []),
      rates: steps.map(({ rate }) => rate),
      validated: epochs.map(({ valLoss }) => Number(valLoss)),
      weights: weightsOf(model),
    };
    model.dispose();
    optimizer.dispose();
    return told;
  });
}

const OPTIMIZERS: Record<string, () => Optimizer> = {
  sgd: () => sgd({ learningRate: 0.05, momentum: 0.9, weightDecay: 1e-3 }),
  adam: () => adam(0.01),
  adamW: () => adamW({ learningRate: 0.01, weightDecay: 0.05 }),
  muon: () => muon({ learningRate: 0.02 }),
};

const AUGMENTATION = {
  crop: { pad: 1, fill: 'reflect' },
  flip: 'alternating',
  colour: { brightness: 0.2, contrast: 0.2, saturation: 0.2 },
  cutout: 2,
} as const;

const ALONE: Record<string, TrainOptions> = {
  'no option': {},
  crop: { augmentation: { crop: { pad: 1 } } },
  'random flip': { augmentation: { flip: 'random' } },
  'all augmentation': { augmentation: AUGMENTATION },
  mixup: { mix: { kind: 'mixup', alpha: 1 } },
  cutmix: { mix: { kind: 'cutmix', alpha: 1 } },
  labelSmoothing: { labelSmoothing: 0.1 },
  clipNorm: { clipNorm: 0.5 },
  gradientNorm: { gradientNorm: true },
  averageDecay: { averageDecay: 0.9 },
  schedule: { schedule: cosine(0.02, 10) },
  dropLast: { batchSize: 9, epochs: 3, dropLast: true },
};
const { schedule, ...atOneRate } = Object.assign({}, ...Object.values(ALONE)) as TrainOptions;

function assertClose(what: string, actual: readonly number[], expected: readonly number[], tolerance = 1e-5) {
  assert.equal(actual.length, expected.length, what);
  actual.forEach((value, i) => {
    const off = Math.abs(value - expected[i]);
    assert.ok(off <= tolerance * Math.abs(expected[i]), `${what} ${i}: ${value}, not ${expected[i]}`);
  });
}

for (const [name, make] of Object.entries(OPTIMIZERS)) {
  for (const [option, options] of Object.entries({ ...ALONE, 'all together': { ...atOneRate, schedule } })) {
    test(`${name}, ${option}: compiled steps are the eager ones`, async () => {
      const [compiled, eager] = [
        await trainingOf(make, { ...options, ...COMPILED }),
        await trainingOf(make, { ...options, ...EAGER }),
      ];
      assert.ok(compiled.losses.length >= 10);
      assertClose('loss of step', compiled.losses, eager.losses);
      assertClose('norm of step', compiled.norms, eager.norms);
      assertClose('validation of epoch', compiled.validated, eager.validated);
      assert.deepEqual(compiled.accuracies, eager.accuracies);
      assert.deepEqual(compiled.rates, eager.rates);
    });
  }

  test(`${name}: the same seed gives the same bits, with 1, 2 and 3 steps in a call, and another seed others`, async () => {
    const options = { ...atOneRate, gradientNorm: true, ...COMPILED }; // 4 steps an epoch: one that 3 a call leave over
    const once = await trainingOf(make, options);
    assert.equal(once.losses.length, 12);
    for (const stepsPerCall of [1, 2, 3]) {
      assert.deepEqual(await trainingOf(make, { ...options, stepsPerCall }), once);
    }
    const other = await trainingOf(make, { ...options, seed: 4 });
    assert.ok(other.losses.every((loss, i) => loss !== once.losses[i]));
  });
}

test('eagerly too, several steps in a call are those of one', async () => {
  const options = { ...atOneRate, ...EAGER };
  const once = await trainingOf(OPTIMIZERS.sgd, options);
  assert.deepEqual(await trainingOf(OPTIMIZERS.sgd, { ...options, stepsPerCall: 3 }), once);
});

test('every option changes the steps, but for those that only tell or average', async () => {
  const plain = await trainingOf(OPTIMIZERS.sgd, {});
  for (const [option, options] of Object.entries(ALONE)) {
    const { losses } = await trainingOf(OPTIMIZERS.sgd, options);
    const same = losses.every((loss, i) => loss === plain.losses[i]);
    assert.equal(same, ['no option', 'gradientNorm', 'averageDecay'].includes(option), option);
  }
});

/** A model that stays as it is: its logits are the sums of the left and of the right half of an image, and 0. */
function probe({ rate = 0 } = {}): LayersModel {
  const images = tf.input({ shape: [4, 4, 3] });
  const head = tf.layers.dense({ units: 3, useBias: false, activation: 'softmax' });
  const output = head.apply(tf.layers.flatten().apply(images)) as SymbolicTensor;
  const model = tf.model({ inputs: images, outputs: output });
  const half = (at: number) => Math.floor((Math.floor(at / 3) % 4) / 2);
  tf.tidy(() =>
    model.setWeights([
      tf.tensor2d(Array.from({ length: 48 }, (_, at) => [1 - half(at), half(at), 0].map((x) => x / 8))),
    ]),
  );
  const optimizer = tf.train.sgd(rate);
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

/** What the probe makes of an image, in JavaScript: pixels 0..1, `[4, 4, 3]` -> three probabilities. */
function probed(pixels: readonly number[]): number[] {
  const sums = [0, 0, 0];
  pixels.forEach((value, at) => {
    sums[Math.floor((Math.floor(at / 3) % 4) / 2)] += value / 8;
  });
  const powers = sums.map(Math.exp);
  const total = powers.reduce((sum, power) => sum + power);
  return powers.map((power) => power / total);
}

const crossEntropy = (target: readonly number[], probabilities: readonly number[]) =>
  target.reduce((sum, share, c) => sum - share * Math.log(probabilities[c]), 0);

const pixelsOf = ({ images }: Split, i: number) =>
  Array.from(images.subarray(i * 48, (i + 1) * 48), (byte) => byte / 255);

const oneHotOf = ({ labels }: Split, i: number) => [0, 1, 2].map((c) => (c === labels[i] ? 1 : 0));

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value) / values.length;

const argMax = (values: readonly number[]) => values.indexOf(Math.max(...values));

/** Images of noise, so that any two differ. */
function noiseSplit(n: number): Split {
  const random = seededRandom(5);
  return { ...tinySplit(n), images: Uint8Array.from({ length: n * 48 }, () => Math.floor(random() * 256)) };
}

test('with label smoothing the loss is that of (1 - a) * label + a / classes, as in Keras; the accuracy stays', async () => {
  const smoothing = 0.2;
  const { steps } = await recordsOf(probe(), { labelSmoothing: smoothing, seed: 1 });
  const plain = await recordsOf(probe(), { seed: 1 });
  const order = orderOf(split, 1, 1);
  steps.slice(0, 5).forEach(({ loss, accuracy }, step) => {
    const batch = [...order.subarray(8 * step, 8 * step + 8)];
    const expected = batch.map((i) => {
      const smooth = oneHotOf(split, i).map((share) => (1 - smoothing) * share + smoothing / 3);
      return crossEntropy(smooth, probed(pixelsOf(split, i)));
    });
    assert.ok(Math.abs(loss - mean(expected)) < 1e-5, `step ${step}: ${loss}, not ${mean(expected)}`);
    assert.equal(accuracy, plain.steps[step].accuracy);
  });
});

test('mixed images count as right where the larger share of them is; the loss is that of the mixed labels', async () => {
  const of = noiseSplit(40);
  for (const kind of ['mixup', 'cutmix'] as const) {
    const mix: MixOptions = { kind, alpha: 1 };
    const { steps } = await recordsOf(probe(), { mix, seed: 6 }, of);
    const order = orderOf(of, 6, 1);
    steps.slice(0, 5).forEach(({ loss, accuracy }, step) => {
      const batch = [...order.subarray(8 * step, 8 * step + 8)];
      const { share, left, right, top, bottom } = drawMix(mix, { seed: 6, step }, 4, 4);
      const ownOf = (at: number) => {
        if (kind === 'mixup') return share;
        const [x, y] = [Math.floor(at / 3) % 4, Math.floor(at / 12)];
        return x >= left && x < right && y >= top && y < bottom ? 0 : 1;
      };
      const results = batch.map((i, place) => {
        const partner = batch[(place + 7) % 8];
        const [own, other] = [pixelsOf(of, i), pixelsOf(of, partner)];
        const pixels = own.map((value, at) => ownOf(at) * value + (1 - ownOf(at)) * other[at]);
        const theirs = oneHotOf(of, partner);
        const label = oneHotOf(of, i).map((value, c) => share * value + (1 - share) * theirs[c]);
        const probabilities = probed(pixels);
        return {
          loss: crossEntropy(label, probabilities),
          right: argMax(label) === argMax(probabilities) ? 1 : 0,
        };
      });
      const expected = mean(results.map((result) => result.loss));
      assert.ok(Math.abs(loss - expected) < 1e-5, `${kind}, step ${step}: ${loss}, not ${expected}`);
      assert.equal(accuracy, Math.fround(mean(results.map((result) => result.right))));
    });
  }
});

test('nothing is augmented, mixed or smoothed in validation and prediction', async () => {
  const of = noiseSplit(30);
  const forms = {
    augmentation: AUGMENTATION,
    mix: { kind: 'mixup', alpha: 1 },
    labelSmoothing: 0.1,
  } as const;
  for (const choice of [COMPILED, EAGER]) {
    const model = probe();
    const expected = mean(
      [...of.labels].map((_, i) => crossEntropy(oneHotOf(of, i), probed(pixelsOf(of, i)))),
    );
    const { epochs } = await recordsOf(model, { ...forms, ...choice, validation: of }, of);
    for (const { loss, valLoss } of epochs) {
      assert.ok(Math.abs(valLoss! - expected) < 1e-5, `${valLoss}, not ${expected}`);
      assert.ok(Math.abs(loss - expected) > 1e-3);
    }
    const { probabilities } = await predict(model, of);
    const plain = [...of.labels].flatMap((_, i) => probed(pixelsOf(of, i)));
    assert.ok(plain.every((value, i) => Math.abs(value - probabilities[i]) < 1e-5));
  }
});

/** Of every image, in which epochs it was flipped: left is bright, and the probe's loss tells it from right. */
async function flipsOf(options: TrainOptions): Promise<boolean[][]> {
  const bright = Uint8Array.from({ length: 24 * 48 }, (_, at) => (Math.floor((at % 12) / 6) === 0 ? 250 : 5));
  const of = { ...tinySplit(24), images: bright, labels: new Uint8Array(24) };
  const seed = options.seed ?? 0;
  const { steps } = await recordsOf(probe(), { batchSize: 1, epochs: 4, ...options }, of);
  const flips: boolean[][] = Array.from({ length: 24 }, () => []);
  steps.forEach(({ loss, epoch }, at) => {
    const image = orderOf(of, seed, epoch)[at % 24];
    assert.ok(loss < 0.2 || loss > 2, `${loss}`);
    flips[image].push(loss > 2);
  });
  return flips;
}

test('alternating flips show every image from both sides in turn, and half of them begin with either', async () => {
  for (const options of [COMPILED, EAGER, { stepsPerCall: 5 }]) {
    const flips = await flipsOf({ augmentation: { flip: 'alternating' }, seed: 2, ...options });
    for (const [first, ...later] of flips) assert.deepEqual(later, [!first, first, !first]);
    const begin = flips.filter(([first]) => first).length;
    assert.ok(begin > 4 && begin < 20, `${begin} of 24`);
  }
  const random = await flipsOf({ augmentation: { flip: 'random' } });
  assert.ok(random.some(([first, second]) => first === second));
});

test('dropLast leaves out the smaller last step, and counts steps and means without it', async () => {
  for (const stepsPerCall of [1, 2, 4]) {
    const { steps, epochs } = await recordsOf(
      probe({ rate: 0.1 }),
      { batchSize: 9, dropLast: true, stepsPerCall },
      split,
    );
    assert.deepEqual(
      steps.map(({ step, totalSteps, epoch }) => [step, totalSteps, epoch]),
      [1, 2, 3, 4, 5, 6, 7, 8].map((step) => [step, 8, step < 5 ? 1 : 2]),
    );
    assert.deepEqual(
      epochs.map(({ step }) => step),
      [4, 8],
    );
    const ofEpoch = (epoch: number) => steps.filter((step) => step.epoch === epoch);
    for (const { epoch, loss, accuracy } of epochs) {
      assert.ok(Math.abs(loss - mean(ofEpoch(epoch).map((step) => step.loss))) < 1e-12);
      assert.ok(Math.abs(accuracy - mean(ofEpoch(epoch).map((step) => step.accuracy))) < 1e-12);
    }
  }
});

test('with dropLast a split of whole batches is taken whole, and one that is smaller than a batch is refused', async () => {
  const whole = await recordsOf(probe(), { batchSize: 8, dropLast: true });
  assert.equal(whole.steps.length, 10);
  assert.throws(
    () => train(probe(), split, { batchSize: 41, dropLast: true }),
    new RangeError('invalid batchSize; with dropLast no batch is left of the 40 images: 41'),
  );
});

test('the norm of the gradients is told where it is asked for or needed, and nowhere else', async () => {
  const told = async (options: TrainOptions) => {
    const { steps } = await recordsOf(probe({ rate: 0.1 }), { epochs: 1, ...options });
    return steps.map((step) => 'gradientNorm' in step && step.gradientNorm! > 0);
  };
  assert.deepEqual(await told({}), Array(5).fill(false));
  assert.deepEqual(await told({ gradientNorm: false }), Array(5).fill(false));
  assert.deepEqual(await told({ gradientNorm: true }), Array(5).fill(true));
  assert.deepEqual(await told({ clipNorm: 1, stepsPerCall: 2 }), Array(5).fill(true));
});

test('a model without accuracy tells the norm as well', async () => {
  const model = tinyModel({ compiled: false });
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
  const { steps } = await recordsOf(model, { gradientNorm: true });
  assert.ok(steps.every(({ gradientNorm, accuracy }) => gradientNorm! > 0 && Number.isNaN(accuracy)));
});

test('nothing is left behind when the loop is left early, fails, or diverges', async () => {
  const options = { batchSize: 8, epochs: 2, validation, ...atOneRate, schedule };
  for (const choice of [COMPILED, EAGER]) {
    const model = smallNet(OPTIMIZERS.sgd());
    await recordsOf(model, { ...options, ...choice }); // the optimizer makes its variables at the first step
    for (const kind of ['step', 'epoch'] as const) {
      await withoutLeaks(async () => {
        for await (const record of train(model, split, { ...options, ...choice }))
          if (record.kind === kind) break;
      });
    }
    await withoutLeaks(() =>
      assert.rejects(async () => {
        for await (const _ of train(model, split, { ...options, ...choice })) throw new Error('of the loop');
      }, /of the loop/),
    );
    const hasty = smallNet(sgd({ learningRate: 1e30 }));
    await withoutLeaks(() =>
      assert.rejects(recordsOf(hasty, { ...options, ...choice, schedule: undefined }), /diverged/),
    );
  }
});

test('options that cannot be are refused at the call, by name', () => {
  const refused = (options: object, error: Error) =>
    assert.throws(() => train(probe(), split, options as TrainOptions), error);
  refused({ labelSmoothing: 1 }, new RangeError('invalid labelSmoothing; not a number in [0, 1): 1'));
  refused({ labelSmoothing: '0.1' }, new TypeError('invalid labelSmoothing; not a number in [0, 1): "0.1"'));
  refused({ averageDecay: 1 }, new RangeError('invalid averageDecay; not a number in [0, 1): 1'));
  refused({ averageDecay: Number.NaN }, new RangeError('invalid averageDecay; not a number in [0, 1): NaN'));
  refused({ clipNorm: 0 }, new RangeError('invalid clipNorm; not a finite number greater than 0: 0'));
  refused(
    { clipNorm: Number.POSITIVE_INFINITY },
    new RangeError('invalid clipNorm; not a finite number greater than 0: Infinity'),
  );
  refused({ gradientNorm: 'yes' }, new TypeError('invalid gradientNorm; not true or false: "yes"'));
  refused(
    { augmentation: { flip: 'left' } },
    new TypeError("invalid flip; not 'random' or 'alternating': \"left\""),
  );
  refused(
    { augmentation: { crop: { pad: -1 } } },
    new RangeError('invalid crop.pad; not an integer of at least 0: -1'),
  );
  refused(
    { augmentation: { crop: { fill: 'reflect' } } },
    new TypeError('invalid crop; it needs a pad or a size: neither'),
  );
  refused(
    { augmentation: { crop: { size: 0 } } },
    new RangeError('invalid crop.size; not a positive integer: 0'),
  );
  refused(
    { augmentation: { flips: 'random' } },
    new TypeError('unknown option; augmentation takes { crop, flip, colour, cutout }: flips'),
  );
  refused(
    { mix: { kind: 'mixup' } },
    new TypeError('invalid mix.alpha; not a finite number greater than 0: undefined'),
  );
  refused(
    { mix: { kind: 'blend', alpha: 1 } },
    new TypeError("invalid mix.kind; not 'mixup' or 'cutmix': \"blend\""),
  );
});
