// @ts-check
/** A C++ compiler: the system's, else PyPI's ziglang. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pip } from './pip.mjs';
import { ZIGLANG } from './versions.mjs';

/** @typedef {import('./set-up.mjs').Setup} Setup */
/**
 * @typedef {object} Compiler
 * @property {string} name for people
 * @property {string} command
 * @property {string[]} args that come before all others
 */

const SYSTEM = ['g++', 'clang++', 'c++'];
const PROBE = '#include <string>\nextern "C" int probe() { return (int)std::string("probe").size(); }\n';

/**
 * The first compiler that makes a shared library of a small program: a name on the PATH may lack its headers or its linker.
 * @param {Setup} setup
 * @returns {Promise<Compiler | undefined>}
 */
export async function systemCompiler(setup) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-compiler-'));
  const source = path.join(folder, 'probe.cc');
  fs.writeFileSync(source, PROBE);
  try {
    for (const command of process.env.CXX ? [process.env.CXX, ...SYSTEM] : SYSTEM) {
      const { ok } = await setup.run(command, [
        '-shared',
        '-fPIC',
        '-std=c++17',
        source,
        '-o',
        `${source}.so`,
      ]);
      if (ok) return { name: command, command, args: [] };
    }
    return undefined;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {Setup} setup
 * @param {import('./progress.mjs').Line} line
 * @returns {Promise<Compiler>}
 */
export async function ziglang(setup, line) {
  line.begin(`no C++ compiler here; installing ziglang ${ZIGLANG} (101 MB) into .venv`);
  await pip(setup, ['install', '--only-binary=:all:', `ziglang==${ZIGLANG}`], 'ziglang');
  line.end();
  const target = process.arch === 'arm64' ? 'aarch64-linux-gnu.2.28' : 'x86_64-linux-gnu.2.28'; // Node 20's own glibc
  return {
    name: `ziglang ${ZIGLANG}`,
    command: setup.checkout.python,
    args: ['-m', 'ziglang', 'c++', '-target', target],
  };
}
