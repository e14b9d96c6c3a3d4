// @ts-check
/**
 * The native addon of @tensorflow/tfjs-node-gpu, built from the package's own sources against the TensorFlow set up here, and the links
 * by which it finds that library.
 *
 * All links are relative, so that the checkout can be moved. The package's install script would fetch TensorFlow 2.9.1 instead; it is never run.
 */
import fs from 'node:fs';
import path from 'node:path';
import { systemCompiler, ziglang } from './compiler.mjs';
import { SetupError } from './setup-error.mjs';
import { filesBelow, hashOf, readStamp, replaceFolder, writeStamp } from './stamp.mjs';
import { LIBRARIES, tensorflowFolder } from './tensorflow.mjs';
import { SIZE, TENSORFLOW } from './versions.mjs';

/** @typedef {import('./set-up.mjs').Step} Step */
/** @typedef {import('./set-up.mjs').Setup} Setup */
/** @typedef {import('./checkout.mjs').Checkout} Checkout */
/** @typedef {import('./device.mjs').Device} Device */

/** @type {Step} */
export const addon = {
  title: () => 'TensorFlow addon',
  isDone: ({ checkout, device }) => isBuilt(checkout) && isLinked(checkout, device),
  bytes: () => SIZE.addon.disk,
  async run(setup, line) {
    const { checkout, device } = setup;
    line.begin(`linking to TensorFlow (${device.toUpperCase()})`);
    link(checkout, device);
    line.end();
    if (!isBuilt(checkout)) {
      const compiler = (await systemCompiler(setup)) ?? (await ziglang(setup, line));
      line.begin(`compiling with ${compiler.name}`);
      await build(setup, compiler);
      line.end();
    }
  },
};

/**
 * @param {Checkout} checkout
 * @param {Device} device
 * @returns {Map<string, string>} link below deps/ -> its target, relative to the link's folder
 */
export function wantedLinks(checkout, device) {
  const deps = path.join(checkout.engine, 'deps');
  /** @type {Map<string, string>} */
  const links = new Map();
  const add = (/** @type {string} */ name, /** @type {string} */ target) =>
    links.set(name, path.relative(path.dirname(path.join(deps, name)), target));
  const folder = tensorflowFolder(checkout, device);
  add('include', path.join(folder, 'include'));
  for (const library of LIBRARIES) add(`lib/${library}`, path.join(folder, library));
  add('lib/libtensorflow.so', path.join(folder, LIBRARIES[0])); // the names that the addon is linked with
  add('lib/libtensorflow_framework.so', path.join(folder, LIBRARIES[1]));
  if (device === 'gpu') {
    const nvidia = path.join(folder, '..', 'nvidia');
    for (const library of cudaLibraries(nvidia)) {
      // TensorFlow looks for all of them beside its NCCL, as seen from its own folder
      add(`nvidia/nccl/lib/${path.basename(library)}`, library);
    }
    add('nvidia/cuda_nvcc', path.join(nvidia, 'cuda_nvcc')); // where XLA looks for ptxas and libdevice
  }
  return links;
}

/**
 * @param {string} nvidia
 * @returns {string[]}
 */
function cudaLibraries(nvidia) {
  if (!fs.existsSync(nvidia)) return [];
  return filesBelow(nvidia, '')
    .filter((name) => /^\w+\/lib\/[^/]+\.so/.test(name))
    .map((name) => path.join(nvidia, name));
}

/**
 * @param {Checkout} checkout
 * @param {Device} device
 */
function link(checkout, device) {
  const made = path.join(checkout.engine, 'deps.tmp');
  fs.rmSync(made, { recursive: true, force: true });
  for (const [name, target] of wantedLinks(checkout, device)) {
    fs.mkdirSync(path.dirname(path.join(made, name)), { recursive: true });
    fs.symlinkSync(target, path.join(made, name));
  }
  replaceFolder(made, path.join(checkout.engine, 'deps'));
}

/**
 * @param {Checkout} checkout
 * @param {Device} device
 */
function isLinked(checkout, device) {
  const deps = path.join(checkout.engine, 'deps');
  try {
    return [...wantedLinks(checkout, device)].every(
      ([name, target]) => fs.readlinkSync(path.join(deps, name)) === target,
    );
  } catch {
    return false;
  }
}

/** @param {Checkout} checkout */
function sources(checkout) {
  return fs
    .readdirSync(path.join(checkout.engine, 'binding'))
    .filter((name) => /\.(cc|h)$/.test(name))
    .map((name) => path.join('binding', name))
    .sort();
}

/** @param {Checkout} checkout */
function isBuilt(checkout) {
  const stamp = readStamp(stampFile(checkout));
  return (
    stamp?.tensorflow === TENSORFLOW &&
    fs.existsSync(checkout.addon) &&
    stamp.sources === hashOf(checkout.engine, sources(checkout))
  );
}

/**
 * @param {Setup} setup
 * @param {import('./compiler.mjs').Compiler} compiler
 */
async function build(setup, compiler) {
  const { checkout } = setup;
  fs.mkdirSync(path.dirname(checkout.addon), { recursive: true });
  const made = `${checkout.addon}.tmp`;
  const inEngine = (/** @type {string} */ name) => path.join(checkout.engine, name);
  const zigCache = path.join(checkout.tensorflow, 'zig.tmp');
  const { ok, output } = await setup.run(
    compiler.command,
    [
      ...compiler.args,
      ...['-shared', '-fPIC', '-O2', '-std=c++17', '-DNAPI_VERSION=8'],
      `-I${checkout.engine}`,
      `-I${inEngine('deps/include')}`,
      `-I${path.join(checkout.modules, 'node-api-headers', 'include')}`,
      ...sources(checkout)
        .filter((name) => name.endsWith('.cc'))
        .map(inEngine),
      ...['-o', made, `-L${inEngine('deps/lib')}`, '-ltensorflow', '-ltensorflow_framework'],
      '-Wl,-rpath,$ORIGIN/../../deps/lib',
    ],
    { env: { ...process.env, ZIG_GLOBAL_CACHE_DIR: zigCache, ZIG_LOCAL_CACHE_DIR: zigCache } },
  );
  fs.rmSync(zigCache, { recursive: true, force: true });
  if (!ok) throw explainCompilerFailure(output, compiler.name);
  fs.renameSync(made, checkout.addon);
  writeStamp(stampFile(checkout), {
    tensorflow: TENSORFLOW,
    sources: hashOf(checkout.engine, sources(checkout)),
    compiler: compiler.name,
  });
}

/**
 * @param {string} output
 * @param {string} compiler
 */
export function explainCompilerFailure(output, compiler) {
  const said = output.split('\n').find((text) => /\berror:/i.test(text)) ?? '';
  return /No space left on device/.test(output)
    ? new SetupError(
        'no disk space was left for the TensorFlow addon',
        'free some space and run the same command again',
      )
    : new SetupError(
        `${compiler} could not build the TensorFlow addon${said ? `: ${said.trim().slice(0, 160)}` : ''}`,
        'hide that compiler from the PATH and ziglang is used, or name another one with CXX=...; run the same command again',
      );
}

/** @param {Checkout} checkout */
function stampFile(checkout) {
  return path.join(path.dirname(checkout.addon), 'built.json');
}
