// @ts-check
/** TensorFlow: its library, the addon, the device it computes on, and what it says when it is asked. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { addon } from '../setup/addon.mjs';
import { nvidiaDriver } from '../setup/device.mjs';
import { npmPackages } from '../setup/npm-packages.mjs';
import { readStamp } from '../setup/stamp.mjs';
import { tensorflow } from '../setup/tensorflow.mjs';
import { broken, ok, optional, SET_UP } from './finding.mjs';

/** @typedef {import('./finding.mjs').Finding} Finding */
/** @typedef {import('../setup/set-up.mjs').State} State */
/** @typedef {{ product: number[], tfjs: string, tensorflow: string, usesGpu: boolean, missing: string[], cApiProblem?: string }} Answer */

/** What TensorFlow 2.21.0 opens by name on a GPU. */
export const DRIVER_LIBRARIES = ['libcuda.so.1', 'libnvidia-ml.so.1'];
export const CUDA_LIBRARIES = [
  ...['libcudart.so.12', 'libcudnn.so.9', 'libcublas.so.12', 'libcublasLt.so.12'],
  ...['libcufft.so.11', 'libcusolver.so.11', 'libcusparse.so.12'],
];
const CPU_FEATURES = ['avx', 'avx2', 'fma', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'amx_bf16'];

/**
 * @param {State} state
 * @returns {Finding[]}
 */
export function examineEngine(state) {
  const installed = [tensorflowFiles(state), addonBuild(state)];
  if (installed.some(({ status }) => status === 'broken') || !npmPackages.isDone(state)) {
    return [...installed, broken('TensorFlow answers', 'not asked, since it is not installed', SET_UP)];
  }
  const { answer, noise, failure } = ask(state);
  if (!answer)
    return [
      ...installed,
      broken(
        'TensorFlow answers',
        failure,
        `${SET_UP}; if it stays so, remove .tensorflow and node_modules first`,
      ),
    ];
  return [
    ...installed,
    computes(answer),
    compiles(answer),
    oneDnn(noise, process.env),
    ...device(state, answer),
  ];
}

/**
 * @param {State} state
 * @returns {Finding}
 */
function tensorflowFiles(state) {
  const name = tensorflow.title(state).replace(/ [\d.]+/, '');
  if (!tensorflow.isDone(state)) return broken(name, 'its library is missing or incomplete', SET_UP);
  return ok(
    name,
    `library of ${readStamp(path.join(state.checkout.tensorflow, state.device, 'installed.json'))?.tensorflow} in .tensorflow/${state.device}`,
  );
}

/**
 * @param {State} state
 * @returns {Finding}
 */
function addonBuild(state) {
  const name = 'addon';
  if (!fs.existsSync(state.checkout.addon)) return broken(name, 'it is not built', SET_UP);
  if (!addon.isDone(state)) return broken(name, 'it was built or linked for another TensorFlow', SET_UP);
  return ok(
    name,
    `built by ${readStamp(path.join(path.dirname(state.checkout.addon), 'built.json'))?.compiler}`,
  );
}

/**
 * @param {State} state
 * @returns {{ answer: Answer | undefined, noise: string, failure: string }}
 */
function ask({ checkout, device: wanted }) {
  const beside = path.join(checkout.engine, 'deps', 'nvidia', 'nccl', 'lib');
  const libraries =
    wanted === 'gpu'
      ? [...DRIVER_LIBRARIES, ...CUDA_LIBRARIES.map((library) => nearest(beside, library))]
      : [];
  const script = path.join(checkout.root, 'tools', 'doctor', 'ask-tensorflow.mjs');
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [script, checkout.root, ...libraries],
    {
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '0', TF_FORCE_GPU_ALLOW_GROWTH: 'true' },
      encoding: 'utf8',
      timeout: 120_000,
    },
  );
  const noise = stderr ?? '';
  const answer = status === 0 ? JSON.parse(stdout.trim().split('\n').at(-1) ?? '') : undefined;
  const said = noise
    .split('\n')
    .find((line) => /Error:|error while loading|cannot open shared/.test(line))
    ?.trim();
  return {
    answer,
    noise,
    failure: `it ended with ${signal ?? `status ${status}`}${said ? `: ${said}` : ''}`,
  };
}

/**
 * @param {string} folder
 * @param {string} library
 * @returns {string} its path in the folder, else the bare name, which the loader looks up in the system
 */
function nearest(folder, library) {
  const file = path.join(folder, library);
  return fs.existsSync(file) ? file : library;
}

/**
 * @param {Answer} answer
 * @returns {Finding}
 */
export function computes({ product, tensorflow: version, tfjs }) {
  return product.length === 1 && product[0] === 11
    ? ok('TensorFlow answers', `TensorFlow ${version} under TensorFlow.js ${tfjs}`)
    : broken(
        'TensorFlow answers',
        `[1 2] times [3 4] gave ${product} and not 11`,
        `remove .tensorflow and ${SET_UP}`,
      );
}

/**
 * @param {Pick<Answer, 'cApiProblem'>} answer
 * @returns {Finding}
 */
export function compiles({ cApiProblem }) {
  return cApiProblem === undefined
    ? ok('compiled steps', "TensorFlow's C API answers")
    : broken('compiled steps', `training runs eagerly, several times slower: ${cApiProblem}`, SET_UP);
}

/**
 * @param {string} noise what TensorFlow printed while it loaded
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Finding}
 */
export function oneDnn(noise, environment) {
  if (/oneDNN custom operations are on/.test(noise)) return ok('oneDNN', 'on');
  return environment.TF_ENABLE_ONEDNN_OPTS === '0'
    ? optional('oneDNN', 'off, as TF_ENABLE_ONEDNN_OPTS=0 says', 'unset that variable for speed on a CPU')
    : optional('oneDNN', 'off on this processor', 'training on the CPU is slower, nothing else');
}

/**
 * @param {State} state
 * @param {Answer} answer
 * @returns {Finding[]}
 */
function device(state, answer) {
  if (state.device === 'cpu') return [cpu(os.cpus(), readCpuFlags()), gpuLeftOut(nvidiaDriver())];
  return [gpu(answer.usesGpu, nvidiaDriver(), gpuNames()), cudaLibraries(answer.missing)];
}

/**
 * @param {readonly { model: string }[]} cores
 * @param {readonly string[]} flags
 * @returns {Finding}
 */
export function cpu(cores, flags) {
  const features = CPU_FEATURES.filter((feature) => flags.includes(feature)).join(' ');
  const model = cores[0]?.model.replace(/\s+/g, ' ').trim() ?? 'unknown processor';
  return ok('device', `CPU, ${cores.length} threads, ${model}${features ? `, ${features}` : ''}`);
}

/**
 * @param {string | undefined} driver
 * @returns {Finding}
 */
export function gpuLeftOut(driver) {
  return driver === undefined
    ? optional('GPU', 'no NVIDIA driver answers', 'the CPU does everything, more slowly')
    : optional(
        'GPU',
        `NVIDIA driver ${driver} answers, and the CPU was chosen`,
        'run "npm run setup -- --gpu" to use it',
      );
}

/**
 * @param {boolean} used
 * @param {string | undefined} driver
 * @param {readonly string[]} names
 * @returns {Finding}
 */
export function gpu(used, driver, names) {
  const back = 'or go back to the CPU with "npm run setup -- --cpu"';
  if (driver === undefined)
    return broken('device', 'GPU chosen, but no NVIDIA driver answers', `install the driver, ${back}`);
  if (!used)
    return broken(
      'device',
      `TensorFlow does not use the GPU under NVIDIA driver ${driver}`,
      `see the next line, ${back}`,
    );
  return ok('device', `GPU, ${names.join(', ') || 'of unknown name'}, NVIDIA driver ${driver}`);
}

/**
 * @param {readonly string[]} missing
 * @returns {Finding}
 */
export function cudaLibraries(missing) {
  if (missing.length === 0) return ok('CUDA libraries', 'all open');
  const remedy = missing.some((name) => DRIVER_LIBRARIES.includes(name))
    ? 'install the NVIDIA driver'
    : `remove .tensorflow/gpu and ${SET_UP}`;
  return broken('CUDA libraries', `not opened: ${missing.join(', ')}`, remedy);
}

/** @returns {string[]} */
function readCpuFlags() {
  try {
    return (
      fs
        .readFileSync('/proc/cpuinfo', 'utf8')
        .match(/^(?:flags|Features)\s*:\s*(.*)$/m)?.[1]
        .split(' ') ?? []
    );
  } catch {
    return [];
  }
}

/** @returns {string[]} "NVIDIA H200, 143771 MiB" */
function gpuNames() {
  const { status, stdout } = spawnSync(
    'nvidia-smi',
    ['--query-gpu=name,memory.total', '--format=csv,noheader'],
    {
      encoding: 'utf8',
      timeout: 10_000,
    },
  );
  return status === 0 ? stdout.trim().split('\n') : [];
}
