// @ts-check
/** What the machine must bring: Node, Linux, a folder that can be written, disk space. */
import fs from 'node:fs';
import path from 'node:path';
import { size } from './progress.mjs';
import { SetupError } from './setup-error.mjs';
import { OLDEST_NODE, TESTED_NODE } from './versions.mjs';

/** @typedef {import('./checkout.mjs').Checkout} Checkout */

/** @param {string} version of Node, as in process.versions.node */
export function checkNode(version) {
  if (Number.parseInt(version, 10) >= OLDEST_NODE) return;
  throw new SetupError(
    `Node ${version} is too old; resnet-lab needs Node ${OLDEST_NODE} or newer (${TESTED_NODE.join(', ')} are tested)`,
    "install a current Node, for instance with your system's packages, nvm or fnm, and run the same command again",
  );
}

/**
 * @param {string} platform as in process.platform
 * @param {string} architecture as in process.arch
 * @param {string | undefined} glibc version of the C library; none on musl
 */
export function checkPlatform(platform, architecture, glibc) {
  if (platform === 'darwin' || platform === 'win32') {
    const [system, remedy] =
      platform === 'darwin'
        ? ['macOS', 'run it in a 64-bit Linux container or virtual machine']
        : ['Windows', 'run it inside WSL 2, in a folder of its Linux file system'];
    throw new SetupError(
      `resnet-lab runs on Linux; TensorFlow's C library for ${system} is not in the packages it builds on`,
      remedy,
    );
  }
  if (platform !== 'linux' || !['x64', 'arm64'].includes(architecture)) {
    throw new SetupError(
      `resnet-lab runs on 64-bit Linux (x64; arm64 untested), and this is ${platform} on ${architecture}`,
      'run it on such a machine or in a container of that kind',
    );
  }
  if (glibc === undefined) {
    throw new SetupError(
      'TensorFlow is built for glibc, and this Linux has another C library (musl, as in Alpine)',
      'use a Debian, Ubuntu or Fedora image',
    );
  }
}

/** @returns {string | undefined} the version of glibc that Node runs on */
export function glibcVersion() {
  const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (
    /** @type {unknown} */ (process.report.getReport())
  );
  return report.header.glibcVersionRuntime;
}

/**
 * Tries to write, since permission bits say nothing about root, mounts and quotas.
 * @param {Checkout} checkout
 */
export function checkWritable(checkout) {
  for (const folder of [checkout.root, path.dirname(checkout.log), checkout.tensorflow]) {
    const probe = path.join(folder, `.written-${process.pid}.tmp`);
    try {
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(probe, 'x');
      fs.rmSync(probe);
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOSPC') return; // the disk check says it better
      throw new SetupError(
        `the checkout cannot be written to; ${/** @type {Error} */ (error).message.replace(/,.*/s, '')}: ${folder}`,
        'clone or copy it to a folder of your own, or give this one to your user ("chown -R")',
      );
    }
  }
}

/**
 * @param {number} needed bytes
 * @param {number} free bytes
 * @param {boolean} gpu whether the CUDA libraries are among what is needed
 */
export function checkDisk(needed, free, gpu) {
  if (free >= needed) return;
  throw new SetupError(
    `too little free disk; set-up needs ${size(needed)} more and ${size(free)} are free`,
    gpu
      ? 'free some space, or add --cpu to leave the CUDA libraries out, and run the same command again'
      : 'free some space and run the same command again',
  );
}

/**
 * @param {string} folder
 * @returns {number} bytes that this user may still write there
 */
export function freeDisk(folder) {
  const { bavail, bsize } = fs.statfsSync(folder);
  return bavail * bsize;
}

/**
 * @param {number} needed
 * @param {number} free
 */
export function describeMachine(needed, free) {
  const disk =
    needed > 0 ? `about ${size(needed)} of disk needed, ${size(free)} free` : `${size(free)} of disk free`;
  return `Node ${process.versions.node}, Linux ${process.arch}, ${disk}`;
}
