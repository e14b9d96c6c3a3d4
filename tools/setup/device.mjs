// @ts-check
/** Which TensorFlow is wanted: for the CPU, or for an NVIDIA GPU. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { SetupError } from './setup-error.mjs';
import { readStamp, writeStamp } from './stamp.mjs';

/** @typedef {'cpu' | 'gpu'} Device */
/** @typedef {import('./checkout.mjs').Checkout} Checkout */

/**
 * Takes `--cpu` and `--gpu` out of the arguments of a command.
 * @param {readonly string[]} args
 * @returns {{ device: Device | undefined, rest: string[] }}
 */
export function takeDeviceOption(args) {
  const rest = args.filter((argument) => argument !== '--cpu' && argument !== '--gpu');
  const cpu = args.includes('--cpu');
  const gpu = args.includes('--gpu');
  if (cpu && gpu) throw new SetupError('--cpu and --gpu were both given', 'give one of them');
  return { device: cpu ? 'cpu' : gpu ? 'gpu' : undefined, rest };
}

/**
 * The option given now, else the one given last, else what the machine has.
 * @param {Checkout} checkout
 * @param {Device | undefined} option
 * @param {() => string | undefined} driver
 * @returns {Device}
 */
export function chooseDevice(checkout, option, driver = nvidiaDriver) {
  const remembered = readStamp(choiceFile(checkout))?.device;
  if (option) return option;
  if (remembered === 'cpu' || remembered === 'gpu') return remembered;
  return driver() === undefined ? 'cpu' : 'gpu';
}

/**
 * @param {Checkout} checkout
 * @param {Device} option
 */
export function rememberDevice(checkout, option) {
  if (readStamp(choiceFile(checkout))?.device !== option)
    writeStamp(choiceFile(checkout), { device: option });
}

/**
 * @param {Checkout} checkout
 * @returns {string}
 */
function choiceFile(checkout) {
  return path.join(checkout.tensorflow, 'device.json');
}

/** @returns {string | undefined} the version of the NVIDIA driver that answers on this machine */
export function nvidiaDriver() {
  try {
    const text = fs.readFileSync('/proc/driver/nvidia/version', 'utf8');
    return text.match(/\s(\d{3}\.[\d.]+)\s/)?.[1] ?? 'of unknown version';
  } catch {
    // not there under WSL and in some containers: nvidia-smi knows more
  }
  const onPath = (process.env.PATH ?? '')
    .split(path.delimiter)
    .some((folder) => fs.existsSync(path.join(folder, 'nvidia-smi')));
  if (!onPath) return undefined;
  const { status, stdout } = spawnSync(
    'nvidia-smi',
    ['--query-gpu=driver_version', '--format=csv,noheader'],
    {
      encoding: 'utf8',
      timeout: 10_000,
    },
  );
  return status === 0 ? stdout.trim().split('\n')[0] : undefined;
}
