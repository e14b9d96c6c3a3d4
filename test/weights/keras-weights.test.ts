import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { strToU8, zipSync } from 'fflate';
import { buildResNet } from '../../lib/src/model/build-resnet';
import { kerasResNetConfig } from '../../lib/src/model/imagenet-resnet';
import { ResNet } from '../../lib/src/model/resnet';
import type { ResNetConfig } from '../../lib/src/model/resnet-config';
import { tf } from '../../lib/src/tensorflow/load';
import { writeH5 } from '../../lib/src/weights/h5-file';
import { kerasLayers } from '../../lib/src/weights/keras-places';
import { readKerasWeights, writeKerasWeights } from '../../lib/src/weights/keras-weights';
import { withoutLeaks } from '../no-leaks';
import { temporaryFolder } from '../temporary-folder';

/** A small net of the kind that keras.applications has. */
const CONFIG: ResNetConfig = {
  ...kerasResNetConfig(50),
  name: 'small',
  inputShape: [32, 32, 3],
  classes: 3,
  stemWidth: 4,
  stages: [
    { blocks: 1, width: 4, strides: 1 },
    { blocks: 2, width: 4, strides: 2 },
  ],
};

const small = (seed: number | null, more: Partial<ResNetConfig> = {}) =>
  buildResNet({ ...CONFIG, ...more }, { seed });

/** Other than it begins, statistics of batch norms too. */
function shake(model: LayersModel): LayersModel {
  tf.tidy(() =>
    model.setWeights(
      model.weights.map(({ shape }, i) => tf.randomUniform(shape as number[], 0.5, 1.5, 'float32', i)),
    ),
  );
  return model;
}

function weightsOf(model: LayersModel): number[][] {
  return model.weights.map((weight) => [...weight.read().dataSync()]);
}

test('weights and statistics come back by bits, and nothing else is left behind', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'net.weights.h5');
  for (const make of [() => small(null), () => small(null, { version: 2 }), () => ResNet(10)]) {
    const [written, read] = [shake(make()), make()];
    await withoutLeaks(() => writeKerasWeights(written, file)); // over the one before
    await withoutLeaks(() => readKerasWeights(read, file));
    assert.deepEqual(weightsOf(read), weightsOf(written));
    for (const model of [written, read]) model.dispose();
  }
  assert.deepEqual(fs.readdirSync(folder), ['net.weights.h5']);
});

test('norms without gamma or without beta come back too, although their files do not say which they lack', async (t) => {
  const file = path.join(temporaryFolder(t), 'net.weights.h5');
  for (const lacks of [{ scale: false }, { center: false }, { scale: false, center: false }]) {
    const make = () =>
      tf.sequential({
        layers: [
          tf.layers.batchNormalization({ name: 'norm', inputShape: [3], ...lacks }),
          tf.layers.dense({ name: 'head', units: 2, useBias: false }),
        ],
      });
    const [written, read] = [shake(make()), make()];
    await writeKerasWeights(written, file);
    await withoutLeaks(() => readKerasWeights(read, file));
    assert.deepEqual(weightsOf(read), weightsOf(written));
    const whole = tf.sequential({
      layers: [tf.layers.batchNormalization({ name: 'norm', inputShape: [3] })],
    });
    await assert.rejects(readKerasWeights(whole, file), /nothing was loaded\n {2}missing/);
    for (const model of [written, read, whole]) model.dispose();
  }
});

test("groups are numbered as in keras.applications, where a shortcut goes before its branch's end", () => {
  const model = small(null);
  const groups = kerasLayers(model).map(({ layer, group }) => `${group} ${layer.name}`);
  assert.deepEqual(groups.slice(0, 10), [
    'conv2d stem_conv',
    'batch_normalization stem_bn',
    'conv2d_1 stage1_block1_1_conv',
    'batch_normalization_1 stage1_block1_1_bn',
    'conv2d_2 stage1_block1_2_conv',
    'batch_normalization_2 stage1_block1_2_bn',
    'conv2d_3 stage1_block1_shortcut_conv',
    'conv2d_4 stage1_block1_3_conv',
    'batch_normalization_3 stage1_block1_shortcut_bn',
    'batch_normalization_4 stage1_block1_3_bn',
  ]);
  assert.equal(groups.at(-1), 'dense head_dense');
  model.dispose();
});

/** Two layers of one shape, and a file whose groups have them the other way round. */
async function twins() {
  const model = tf.sequential({ name: 'twins' });
  for (const name of ['first', 'second'])
    model.add(tf.layers.dense({ units: 2, name, useBias: false, inputShape: [2] }));
  const bytes = (named: boolean) =>
    writeH5((root) => {
      const layers = root.create_group('layers');
      for (const [i, [group, name]] of [
        ['dense', 'second'],
        ['dense_1', 'first'],
      ].entries()) {
        const vars = layers.create_group(group).create_group('vars');
        if (named) vars.create_attribute('name', name);
        vars.create_dataset({ name: '0', data: new Float32Array(4).fill(i), shape: [2, 2] });
      }
    });
  return { model, bytes };
}

test('layers are found by name where the file has names, else by their order', async (t) => {
  const folder = temporaryFolder(t);
  const { model, bytes } = await twins();
  const config = { layers: ['second', 'first'].map((name) => ({ class_name: 'Dense', config: { name } })) };
  const files = {
    'named.weights.h5': await bytes(true),
    'early.weights.h5': await bytes(false),
    'early.keras': zipSync({
      'config.json': strToU8(JSON.stringify({ config })),
      'model.weights.h5': await bytes(false),
    }),
  };
  const firsts: number[] = [];
  for (const [name, content] of Object.entries(files)) {
    fs.writeFileSync(path.join(folder, name), content);
    await readKerasWeights(model, path.join(folder, name));
    firsts.push(weightsOf(model)[0][0]);
  }
  assert.deepEqual(firsts, [1, 0, 1]);
  model.dispose();
});

test('what is missing, left over or of another shape is listed, and nothing is loaded', async (t) => {
  const file = path.join(temporaryFolder(t), 'net.weights.h5');
  const written = small(1, { stages: CONFIG.stages.slice(0, 1) });
  await writeKerasWeights(written, file);
  const other = small(2, { classes: 4, stages: CONFIG.stages.slice(0, 1), convBias: 'never' });
  const before = weightsOf(other);
  await withoutLeaks(() =>
    assert.rejects(readKerasWeights(other, file), {
      message: [
        `cannot load ${file} into small; nothing was loaded`,
        '  not in the model (5): stem_conv/bias [4]; stage1_block1_1_conv/bias [4]; stage1_block1_2_conv/bias [4]; ' +
          'stage1_block1_shortcut_conv/bias [16]; stage1_block1_3_conv/bias [16]',
        '  of another shape (2): head_dense/kernel [16,3], not [16,4]; head_dense/bias [3], not [4]',
      ].join('\n'),
    }),
  );
  assert.deepEqual(weightsOf(other), before);

  const { model: twinsModel, bytes } = await twins();
  fs.writeFileSync(file, await bytes(true));
  await assert.rejects(
    readKerasWeights(other, file),
    /\n {2}missing \(26\): conv2d\/kernel \[7,7,3,4\] for stem_conv\/kernel; .*; and 18 more\n {2}not in the model \(1\): dense_1\/kernel \[2,2\]\n/,
  );
  for (const model of [written, other, twinsModel]) model.dispose();
});

test('a file that is too large, none of Keras or not there is refused', async (t) => {
  const folder = temporaryFolder(t);
  const model = small(null);
  const write = (name: string, content: Uint8Array | string) => {
    fs.writeFileSync(path.join(folder, name), content);
    return path.join(folder, name);
  };
  const sparse = write('huge.weights.h5', '');
  fs.truncateSync(sparse, 2 ** 41);
  await assert.rejects(readKerasWeights(model, sparse), (error: Error) =>
    /^cannot read .*huge\.weights\.h5; it may have \d+ bytes for this model: 2199023255552$/.test(
      error.message,
    ),
  );
  const text = write('text.keras', 'layers');
  await assert.rejects(readKerasWeights(model, text), {
    message: `cannot read ${text}; it is none of Keras's: neither HDF5 nor a zip`,
  });
  const foreign = write('foreign.h5', await writeH5((root) => root.create_group('entry')));
  await assert.rejects(readKerasWeights(model, foreign), {
    message: `cannot read ${foreign}; it holds no weights of Keras: neither layers nor layer_names`,
  });
  await assert.rejects(readKerasWeights(model, path.join(folder, 'none.keras')), { code: 'ENOENT' });
  model.dispose();
});

test('a tensor that turns out to be unreadable leaves all weights as they were', async (t) => {
  const file = path.join(temporaryFolder(t), 'net.weights.h5');
  const { model } = await twins();
  const bytes = await writeH5((root) => {
    const layers = root.create_group('layers');
    for (const [group, chunks] of [
      ['dense', null],
      ['dense_1', [2, 2]],
    ] as const) {
      const vars = layers.create_group(group).create_group('vars');
      const data = new Float32Array(4);
      vars.create_dataset({ name: '0', data, shape: [2, 2], chunks: chunks && [...chunks] });
    }
  });
  fs.writeFileSync(file, bytes);
  const before = weightsOf(model);
  await withoutLeaks(() =>
    assert.rejects(readKerasWeights(model, file), /layers\/dense_1\/vars\/0 of .* chunked/),
  );
  assert.deepEqual(weightsOf(model), before);
  model.dispose();
});

test('two layers of one name are refused', async (t) => {
  const file = path.join(temporaryFolder(t), 'net.h5');
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 2, name: 'head', useBias: false, inputShape: [2] })],
  });
  const bytes = await writeH5((root) => {
    const layers = root.create_group('layers');
    for (const group of ['dense', 'dense_1']) {
      const vars = layers.create_group(group).create_group('vars');
      vars.create_attribute('name', 'head');
      vars.create_dataset({ name: '0', data: new Float32Array(4), shape: [2, 2] });
    }
  });
  fs.writeFileSync(file, bytes);
  await assert.rejects(readKerasWeights(model, file), {
    message: 'cannot tell weights apart; the file has head/kernel twice',
  });
  model.dispose();
});

test('a file is written whole or not at all, under a name that Keras takes', async (t) => {
  const folder = temporaryFolder(t);
  const model = small(null);
  await assert.rejects(writeKerasWeights(model, path.join(folder, 'net.h5')), {
    name: 'RangeError',
    message: `invalid file; its name does not end in .weights.h5: ${path.join(folder, 'net.h5')}`,
  });
  const taken = path.join(folder, 'taken.weights.h5');
  fs.mkdirSync(taken);
  await assert.rejects(writeKerasWeights(model, taken), { code: 'EISDIR' });
  assert.deepEqual(fs.readdirSync(folder), ['taken.weights.h5']);
  model.dispose();
});
