/**
 * Loads something native while leaving TensorFlow's start-up chatter out of the terminal.
 *
 * TensorFlow writes a few informational lines to file descriptor 2 while its library loads, before any log level applies.
 * Closing the descriptor would hide a failing load as well, so we point it at a file in memory meanwhile and afterwards
 * print every line that is not on the list below. A load that aborts the process takes the captured lines with it:
 * `TF_CPP_MIN_LOG_LEVEL=0` turns the filter off, and `npm run doctor` looks with it off.
 */
import fs from 'node:fs';
import { koffi } from './koffi';

/** Lines that say nothing about a fault. Whatever is not matched here is passed on. */
const CHATTER = [
  /All log messages before absl::InitializeLog\(\) is called are written to STDERR/,
  /^I\d{4} /, // absl severity I(nfo): oneDNN in use, CPU instructions in use
  /^\d{4}-\d\d-\d\d .*: I /, // the older form of the same
  /^To enable the following instructions:/,
  /cudart_stub\.cc.*Could not find cuda drivers/,
  /Unable to register cu\w+ factory/, // each CUDA plug-in is registered twice; the second is ignored
];

/** Runs `load` and returns its result; what native code writes to standard error meanwhile is filtered by the list above. */
export function quietly<T>(load: () => T): T {
  const libc = process.env.TF_CPP_MIN_LOG_LEVEL === '0' ? undefined : openLibc();
  const capture = libc?.memfd_create('stderr', 0) ?? -1;
  if (!libc || capture < 0) return load(); // chatter is better than no TensorFlow
  const saved = libc.dup(2);
  libc.dup2(capture, 2);
  try {
    return load();
  } finally {
    libc.dup2(saved, 2);
    libc.close(saved);
    const kept = withoutChatter(fs.readFileSync(`/proc/self/fd/${capture}`, 'utf8'));
    libc.close(capture);
    if (kept !== '') process.stderr.write(kept);
  }
}

/** `text` without the lines that are known to mean nothing. */
export function withoutChatter(text: string): string {
  const lines = text
    .split('\n')
    .filter((line) => line !== '' && !CHATTER.some((pattern) => pattern.test(line)));
  return lines.map((line) => `${line}\n`).join('');
}

interface Libc {
  memfd_create(name: string, flags: number): number;
  dup(fd: number): number;
  dup2(from: number, to: number): number;
  close(fd: number): number;
}

/** The C library of this process; undefined where it lacks one of the functions. */
function openLibc(): Libc | undefined {
  try {
    const library = koffi.load(null);
    return {
      memfd_create: library.func('int memfd_create(const char *, unsigned int)'),
      dup: library.func('int dup(int)'),
      dup2: library.func('int dup2(int, int)'),
      close: library.func('int close(int)'),
    } as unknown as Libc;
  } catch {
    return undefined;
  }
}
