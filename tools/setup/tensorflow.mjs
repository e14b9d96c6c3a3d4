// @ts-check
/**
 * `.tensorflow/cpu` or `.tensorflow/gpu`: TensorFlow's C++ library and headers, and for a GPU the CUDA libraries, out of the wheels.
 *
 * The wheels also hold TensorFlow's Python code, which nothing here uses and which is left in them.
 */
import fs from 'node:fs';
import path from 'node:path';
import { DamagedArchive, openArchive } from './archive.mjs';
import { explainFileError } from './explain-failure.mjs';
import { size } from './progress.mjs';
import { SetupError } from './setup-error.mjs';
import { readStamp, replaceFolder, writeStamp } from './stamp.mjs';
import { SIZE, TENSORFLOW } from './versions.mjs';
import { fetchWheel, findWheel, requirementsOfExtra, wheelFolder } from './wheels.mjs';

/** @typedef {import('./set-up.mjs').Step} Step */
/** @typedef {import('./set-up.mjs').Setup} Setup */
/** @typedef {import('./progress.mjs').Line} Line */
/** @typedef {import('./checkout.mjs').Checkout} Checkout */
/** @typedef {import('./device.mjs').Device} Device */

/** The two libraries; the first needs the second. */
export const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

/** @type {Step} */
export const tensorflow = {
  title: ({ device }) => `TensorFlow ${TENSORFLOW} (${device.toUpperCase()})`,
  isDone: ({ checkout, device }) => {
    const stamp = readStamp(stampFile(checkout, device));
    return (
      stamp?.tensorflow === TENSORFLOW &&
      LIBRARIES.every((name) => hasSize(checkout, device, name, stamp.bytes?.[name]))
    );
  },
  bytes: ({ device }) => SIZE.tensorflow[device].download + SIZE.tensorflow[device].disk,
  async run(setup, line) {
    const { checkout, device } = setup;
    removeLeftovers(checkout);
    const wheels = await fetchAll(setup, line);
    const made = path.join(checkout.tensorflow, `${device}.${process.pid}.tmp`);
    line.begin(`unpacking ${size(SIZE.tensorflow[device].disk)}`);
    for (const wheel of wheels) await unpack(wheel, made, line);
    line.end();
    writeStamp(path.join(made, 'installed.json'), {
      tensorflow: TENSORFLOW,
      wheels: wheels.map((wheel) => path.basename(wheel)),
      bytes: Object.fromEntries(
        LIBRARIES.map((name) => [name, fs.statSync(path.join(made, 'tensorflow', name)).size]),
      ),
    });
    replaceFolder(made, path.join(checkout.tensorflow, device));
    for (const wheel of wheels) fs.rmSync(wheel);
    if (fs.readdirSync(wheelFolder(checkout)).length === 0) fs.rmdirSync(wheelFolder(checkout));
  },
};

/**
 * Where TensorFlow's files lie.
 * @param {Checkout} checkout
 * @param {Device} device
 */
export function tensorflowFolder(checkout, device) {
  return path.join(checkout.tensorflow, device, 'tensorflow');
}

/**
 * What of a wheel is unpacked.
 * @param {string} name of a file in it
 */
export function isNeeded(name) {
  return (
    LIBRARIES.some((library) => name === `tensorflow/${library}`) ||
    name.startsWith('tensorflow/include/') ||
    /^nvidia\/\w+\/lib\/[^/]+\.so[^/]*$/.test(name) ||
    /^nvidia\/cuda_nvcc\/(bin|nvvm)\//.test(name) // ptxas and libdevice, which XLA compiles with
  );
}

/**
 * @param {Setup} setup
 * @param {Line} line
 * @returns {Promise<string[]>} the wheels' paths, TensorFlow's first
 */
async function fetchAll(setup, line) {
  const { device } = setup;
  const { download } = SIZE.tensorflow[device];
  if (device === 'gpu') line.say('CUDA and cuDNN included; --cpu leaves them out');
  // PyPI has no tensorflow-cpu for arm64; its plain tensorflow is the CPU's there
  const project = device === 'cpu' && process.arch === 'x64' ? 'tensorflow-cpu' : 'tensorflow';
  const requirement = `${project}==${TENSORFLOW}`;
  if (device === 'cpu' && findWheel(wheelFolder(setup.checkout), requirement)) line.say('already downloaded');
  else line.begin(`downloading ${device === 'gpu' ? 'about ' : ''}${size(download)}`);
  const first = await fetchWheel(setup, line, requirement);
  const wheels = [first];
  if (device === 'gpu') {
    for (const requirement of requirementsOfExtra(metadataOf(first), 'and-cuda')) {
      wheels.push(await fetchWheel(setup, line, requirement));
    }
  }
  line.end();
  return wheels;
}

/** @param {string} wheel */
function metadataOf(wheel) {
  const archive = openArchive(wheel);
  try {
    return archive.text('.dist-info/METADATA');
  } finally {
    archive.close();
  }
}

/**
 * @param {string} wheel
 * @param {string} folder
 * @param {Line} line
 */
async function unpack(wheel, folder, line) {
  const archive = openArchive(wheel);
  try {
    await archive.extract(folder, isNeeded, (bytes) => line.detail(size(bytes)));
  } catch (error) {
    if (!(error instanceof DamagedArchive)) throw explainFileError(error, 'TensorFlow');
    fs.rmSync(wheel);
    throw new SetupError(
      `a downloaded package is damaged and was removed: ${path.basename(wheel)}`,
      'run the same command again; it is then downloaded anew',
    );
  } finally {
    archive.close();
  }
}

/**
 * What killed set-ups left half unpacked.
 * @param {Checkout} checkout
 */
function removeLeftovers(checkout) {
  for (const name of fs.readdirSync(checkout.tensorflow)) {
    if (/^(cpu|gpu)\..*tmp$/.test(name)) {
      fs.rmSync(path.join(checkout.tensorflow, name), { recursive: true, force: true });
    }
  }
}

/**
 * @param {Checkout} checkout
 * @param {Device} device
 */
function stampFile(checkout, device) {
  return path.join(checkout.tensorflow, device, 'installed.json');
}

/**
 * @param {Checkout} checkout
 * @param {Device} device
 * @param {string} name
 * @param {number | undefined} bytes
 */
function hasSize(checkout, device, name, bytes) {
  const stat = fs.statSync(path.join(tensorflowFolder(checkout, device), name), { throwIfNoEntry: false });
  return stat !== undefined && stat.size === bytes;
}
