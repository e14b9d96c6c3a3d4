import fs from 'node:fs';

/**
 * Memory of this process in 10^6 bytes: `VmRSS`, resident now, or `VmHWM`, the most that ever was (proc_pid_status(5)).
 *
 * The peers' processes read the same file, so that all runners are measured alike.
 */
export function memoryMB(field: 'VmRSS' | 'VmHWM'): number {
  const status = fs.readFileSync('/proc/self/status', 'utf8');
  const kibibytes = status.match(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm'))?.[1];
  if (kibibytes === undefined) throw new Error(`no ${field} in /proc/self/status`);
  return (Number(kibibytes) * 1024) / 1e6;
}
