// @ts-check
/**
 * What set-up installs besides package-lock.json and tools/requirements.txt, pinned.
 *
 * Sizes are what was measured for these versions, in bytes; they are shown before a download and checked against the free disk.
 */

const MB = 1e6;

/** Releases of Node that the tests were run on. */
export const TESTED_NODE = [20, 22, 24];
export const OLDEST_NODE = 20;

/** Oldest Python that the pinned JupyterLab runs on. */
export const OLDEST_PYTHON = /** @type {const} */ ([3, 10]);

export const TENSORFLOW = '2.21.0';
/**
 * The Python whose TensorFlow wheel is taken. Its C library is the same in all of them and no Python code of it is used,
 * so the reader's own Python may be another.
 */
export const WHEEL_PYTHON = '3.12';

/** The C++ compiler from PyPI for machines without one. */
export const ZIGLANG = '0.17.1';

export const SIZE = {
  python: { download: 40 * MB, disk: 300 * MB },
  npm: { download: 130 * MB, disk: 650 * MB },
  tensorflow: {
    cpu: { download: 274 * MB, disk: 1150 * MB },
    gpu: { download: 2800 * MB, disk: 5800 * MB },
  },
  addon: { download: 0, disk: 10 * MB },
  library: { download: 0, disk: 10 * MB },
};
