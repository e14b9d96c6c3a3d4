/** What computes: the processor or GPU that TensorFlow uses here, and the versions in play. Every result is shown with it. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { nativeBackend } from './backend';
import { tf } from './load';

/** The device on which TensorFlow runs its kernels in this process. */
export interface Device {
  readonly kind: 'cpu' | 'gpu';
  /** As the maker calls it, e.g. `"NVIDIA H200"`; `"unnamed CPU"` or `"unnamed GPU"` where the system does not tell. */
  readonly name: string;
  /** Version of the native TensorFlow library, e.g. `"2.21.0"`. */
  readonly tensorflow: string;
  /** Version of TensorFlow.js. */
  readonly tfjs: string;
  /** Processor threads that this process may use. */
  readonly threads: number;
  /** The processor's vector extensions that matter to TensorFlow, e.g. `["avx2", "fma"]`; empty where unknown. */
  readonly cpuFeatures: readonly string[];
}

/** What TensorFlow and oneDNN choose their kernels by: x86 first, then ARM. */
const CPU_FEATURES = [
  ...['sse4_2', 'avx', 'avx2', 'fma', 'avx_vnni', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'avx512_fp16'],
  ...['amx_tile', 'amx_int8', 'amx_bf16'],
  ...['asimd', 'asimddp', 'i8mm', 'bf16', 'sve', 'sve2'],
];

/** Looks the device up anew on every call; on a GPU that starts `nvidia-smi`, which may take half a second. */
export function device(): Device {
  const backend = nativeBackend();
  const kind = backend.isUsingGpuDevice ? 'gpu' : 'cpu';
  return {
    kind,
    name: (kind === 'gpu' ? gpuName() : cpuName()) ?? `unnamed ${kind.toUpperCase()}`,
    tensorflow: backend.binding.TF_Version,
    tfjs: tf.version.tfjs,
    threads: os.availableParallelism(),
    cpuFeatures: cpuFeatures(readIfThere('/proc/cpuinfo')),
  };
}

/** One line for people: `CPU AMD EPYC, 2 threads, avx2 fma avx512f; TensorFlow 2.21.0, TensorFlow.js 4.22.0`. */
export function describeDevice(found: Device = device()): string {
  const parts = [`${found.kind.toUpperCase()} ${found.name}`];
  if (found.kind === 'cpu') {
    parts.push(`${found.threads} thread${found.threads === 1 ? '' : 's'}`);
    if (found.cpuFeatures.length > 0) parts.push(found.cpuFeatures.join(' '));
  }
  return `${parts.join(', ')}; TensorFlow ${found.tensorflow}, TensorFlow.js ${found.tfjs}`;
}

/** The features of `CPU_FEATURES` that the text of `/proc/cpuinfo` lists for its first processor. */
export function cpuFeatures(cpuinfo: string): string[] {
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo)?.[1] ?? '';
  const present = new Set(line.trim().split(/\s+/));
  return CPU_FEATURES.filter((feature) => present.has(feature));
}

function cpuName(): string | undefined {
  const model = os.cpus()[0]?.model.trim();
  return model && model !== 'unknown' ? model : undefined;
}

/** Name of the first GPU that CUDA shows this process; undefined where `nvidia-smi` does not answer. */
function gpuName(): string | undefined {
  const first = process.env.CUDA_VISIBLE_DEVICES?.split(',')[0] || '0';
  const query = ['--query-gpu=name', '--format=csv,noheader', `--id=${first}`];
  try {
    const answer = execFileSync('nvidia-smi', query, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 10_000, // milliseconds
    });
    return answer.split('\n')[0].trim() || undefined;
  } catch {
    return undefined;
  }
}

function readIfThere(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return ''; // not Linux
  }
}
