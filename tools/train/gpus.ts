/** Which GPU each worker on this machine gets: TensorFlow would take the first one for all of them. */
import fs from 'node:fs';
import type { Environment } from '../../lib/src/cluster/environment-variables';

const DRIVER = '/proc/driver/nvidia/gpus'; // a folder for every GPU

/** The GPUs that a process started with this environment sees, as `CUDA_VISIBLE_DEVICES` names them; none without NVIDIA's driver. */
export function visibleGpus(env: Environment = process.env, driver = DRIVER): string[] {
  const chosen = env.CUDA_VISIBLE_DEVICES;
  if (chosen !== undefined) return chosen.split(',').filter((name) => /^(\d+|[GM].*)$/.test(name)); // numbers, or GPU- and MIG- names
  const count = fs.existsSync(driver) ? fs.readdirSync(driver).length : 0;
  return Array.from({ length: count }, (_, i) => String(i));
}

/** What a worker's environment has besides: a GPU of its own, or one that it shares where there are fewer of them than workers. */
export function gpuOf(worker: number, gpus: readonly string[]): { CUDA_VISIBLE_DEVICES?: string } {
  return gpus.length === 0 ? {} : { CUDA_VISIBLE_DEVICES: gpus[worker % gpus.length] };
}
