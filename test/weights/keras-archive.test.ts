import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync, strToU8, type Zippable, zipSync } from 'fflate';
import { openKerasArchive } from '../../lib/src/weights/keras-archive';

const WEIGHTS = Uint8Array.from({ length: 1000 }, (_, i) => i % 7);
const LIMIT = 1000; // bytes

function config(...layers: [className: string, name: string][]): Uint8Array {
  const described = layers.map(([class_name, name]) => ({ class_name, config: { name } }));
  return strToU8(JSON.stringify({ class_name: 'Functional', config: { layers: described } }));
}

/** A `.keras` file, with these entries beside or instead of what belongs there. */
function archive(entries: Zippable = {}, level: 0 | 6 = 0): Uint8Array {
  const good = {
    'metadata.json': strToU8('{}'),
    'config.json': config(['Dense', 'head']),
    'model.weights.h5': WEIGHTS,
  };
  return zipSync({ ...good, ...entries }, { level });
}

const open = (bytes: Uint8Array) => openKerasArchive(bytes, LIMIT, 'some.keras');

/** Overwrites a number of 32 bits wherever it is. */
function patched(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const copy = Buffer.from(bytes);
  for (let i = 0; i + 4 <= copy.length; i++) if (copy.readUInt32LE(i) === from) copy.writeUInt32LE(to, i);
  return copy;
}

test('an archive is its weights and the names of its layers by kind and number', () => {
  const layers = config(
    ['InputLayer', 'in'],
    ['Conv2D', 'first'],
    ['BatchNormalization', 'norm'],
    ['ReLU', 'relu'],
    ['Conv2D', 'second'],
  );
  for (const level of [0, 6] as const) {
    const { weights, names } = open(archive({ 'config.json': layers }, level));
    assert.deepEqual(weights, WEIGHTS);
    assert.deepEqual(Object.fromEntries(names), {
      input_layer: 'in',
      conv2d: 'first',
      batch_normalization: 'norm',
      re_lu: 'relu',
      conv2d_1: 'second',
    });
  }
});

test('an archive with an entry outside of itself is refused', () => {
  for (const name of ['../evil', '/etc/evil', 'assets/../../evil', '..\\evil', 'C:\\evil']) {
    assert.throws(() => open(archive({ [name]: strToU8('x') })), {
      message: `cannot read some.keras; it has an entry outside of itself: ${JSON.stringify(name)}`,
    });
  }
});

test('nothing is unpacked that claims to be too large', () => {
  const bomb = archive({ 'model.weights.h5': new Uint8Array(20_000_000) }, 6);
  assert.ok(bomb.length < 100_000);
  assert.throws(() => open(bomb), {
    message: 'cannot read some.keras; its model.weights.h5 may have 1000 bytes: 20000000',
  });
  assert.throws(() => open(archive({ 'config.json': new Uint8Array(20_000_000) }, 6)), {
    message: 'cannot read some.keras; its config.json may have 16777216 bytes: 20000000',
  });
});

test('a flipped bit anywhere in what is read of an archive is refused, packed or not', () => {
  const weights = Uint8Array.from({ length: 1000 }, (_, i) => (i * i) % 251);
  const config = strToU8('{"config": {"layers": []}}');
  for (const [level, content] of [
    [0, weights],
    [0, config],
    [6, weights],
  ] as const) {
    const bytes = zipSync({ 'config.json': config, 'model.weights.h5': weights }, { level });
    const packed = level === 0 ? content : deflateSync(content, { level });
    const at = Buffer.from(bytes).indexOf(packed);
    assert.ok(at > 0);
    for (const place of [0, Math.floor(packed.length / 2), packed.length - 1]) {
      const damaged = bytes.slice();
      damaged[at + place] ^= 0x10;
      assert.throws(() => open(damaged), {
        message: 'cannot read some.keras; its zip is truncated or damaged',
      });
    }
  }
});

test('an archive that lies about a size is refused', () => {
  const bomb = archive({ 'model.weights.h5': new Uint8Array(20_000_000) }, 6);
  const damaged = { message: 'cannot read some.keras; its zip is truncated or damaged' };
  assert.throws(() => open(patched(bomb, 20_000_000, 999)), damaged);
  assert.throws(
    () => open(patched(archive({ 'model.weights.h5': new Uint8Array(700) }, 6), 700, 901)),
    damaged,
  );
  const stored = archive({ 'model.weights.h5': WEIGHTS.slice(0, 901) });
  const at = Buffer.from(stored).lastIndexOf(Buffer.from([0x85, 3, 0, 0])); // the size in its directory
  assert.throws(() => open(Buffer.from(stored).fill(0, at, at + 1)), damaged);
});

test('what is truncated, incomplete or has an entry twice is refused', () => {
  const bytes = archive();
  for (const length of [4, 500, bytes.length - 1]) {
    assert.throws(() => open(bytes.slice(0, length)), {
      message: 'cannot read some.keras; its zip is truncated or damaged',
    });
  }
  for (const missing of ['config.json', 'model.weights.h5']) {
    const { [missing]: _, ...others }: Zippable = { 'config.json': config(), 'model.weights.h5': WEIGHTS };
    assert.throws(() => open(zipSync(others)), {
      message: `cannot read some.keras; it is not Keras's: it has no ${missing}`,
    });
  }
  const twice = Buffer.from(archive({ 'Config.json': config() }));
  for (let at = 0; at >= 0; at = twice.indexOf('Config.json')) if (at > 0) twice.write('config.json', at);
  assert.throws(() => open(twice), { message: 'cannot read some.keras; it has config.json twice' });
});

test('a configuration that is no list of layers is refused, and one with __proto__ changes no object', () => {
  const evil = '{"__proto__": {"config": {"layers": []}}}';
  for (const text of [
    '',
    'null',
    '[]',
    '{"config": {}}',
    '{"config": {"layers": [{"class_name": "Dense"}]}}',
    evil,
  ]) {
    assert.throws(() => open(archive({ 'config.json': strToU8(text) })), {
      message: 'cannot read some.keras; its config.json lists no layers',
    });
  }
  const text =
    '{"config": {"layers": [{"class_name": "__proto__", "config": {"name": "a", "__proto__": {"b": 1}}}]}}';
  const { names } = open(archive({ 'config.json': strToU8(text) }));
  assert.deepEqual([...names], [['__proto__', 'a']]);
  assert.equal((Object.prototype as { b?: number }).b, undefined);
});
