/** Which processor cores there are for workers that get one each. */
import fs from 'node:fs';

/**
 * One CPU, by its number, of every core that this process may use: of hardware threads that share a core only the first, because two
 * workers on them would have half a core each. Linux alone says so.
 *
 * @throws Error where there are no two cores
 */
export function ownCores(): number[] {
  const cores = allowed().filter((cpu, _, all) => siblings(cpu).find((other) => all.includes(other)) === cpu);
  if (cores.length > 1) return cores;
  throw new Error(
    `cannot measure a cluster; every worker needs a core of its own, and this process may use ${cores.length}; take a machine with two`,
  );
}

/** In the kernel's form for lists of CPUs: `0-3,8` (cpuset(7)). */
export function cpuList(text: string): number[] {
  return text.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

function allowed(): number[] {
  const status = read('/proc/self/status');
  const list = status?.match(/^Cpus_allowed_list:\s+(\S+)$/m)?.[1];
  if (list !== undefined) return cpuList(list);
  throw new Error('cannot give each worker a core of its own; only Linux tells which there are: use Linux');
}

/** The hardware threads of a CPU's core, itself included; itself alone where the kernel does not say. */
function siblings(cpu: number): number[] {
  const list = read(`/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`);
  return list === undefined ? [cpu] : cpuList(list.trim());
}

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
