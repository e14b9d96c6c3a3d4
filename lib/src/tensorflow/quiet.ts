/**
 * Loads something native while leaving TensorFlow's start-up chatter out of the terminal.
 *
 * TensorFlow writes three or four informational lines to file descriptor 2 while its library loads, before any log level
 * applies. Closing the descriptor would hide a failing load as well, so we point it at a temporary file
 * meanwhile and afterwards print every line that is not on the list below.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import koffi from 'koffi';

/** Lines that say nothing about a fault. Whatever is not matched here is passed on. */
const CHATTER = [
  /All log messages before absl::InitializeLog\(\) is called are written to STDERR/,
  /^I\d{4} /, // absl severity I(nfo): oneDNN in use, CPU instructions in use
  /^\d{4}-\d\d-\d\d .*: I /, // the older form of the same
  /^To enable the following instructions:/,
  /cudart_stub\.cc.*Could not find cuda drivers/,
  /Unable to register cu\w+ factory/,
  /computation placer already registered/,
];

/** Runs `load` and returns its result; standard error of native code during the call is filtered by {@link CHATTER}. */
export function quietly<T>(load: () => T): T {
  const libc = openLibc();
  if (!libc) return load();
  const file = path.join(os.tmpdir(), `resnet-lab-stderr-${process.pid}`);
  const capture = fs.openSync(file, 'w+', 0o600);
  const saved = libc.dup(2);
  libc.dup2(capture, 2);
  try {
    return load();
  } finally {
    libc.dup2(saved, 2);
    libc.close(saved);
    const lines = fs.readFileSync(file, 'utf8').split('\n');
    fs.closeSync(capture);
    fs.unlinkSync(file);
    const kept = lines.filter((line) => line !== '' && !CHATTER.some((pattern) => pattern.test(line)));
    if (kept.length > 0) process.stderr.write(`${kept.join('\n')}\n`);
  }
}

interface Libc {
  dup(fd: number): number;
  dup2(from: number, to: number): number;
  close(fd: number): number;
}

function openLibc(): Libc | undefined {
  try {
    const library = koffi.load(null); // what the running process already holds, its C library included
    return {
      dup: library.func('int dup(int)'),
      dup2: library.func('int dup2(int, int)'),
      close: library.func('int close(int)'),
    } as Libc;
  } catch {
    return undefined; // no koffi here: chatter is better than no TensorFlow
  }
}
