import { cApi } from './c-api';

/**
 * Ends the process while a run hangs, where `process.exit` does not: Node waits for its worker threads then, and one of them waits
 * for TensorFlow, for as long as another worker of a cluster does not answer. Listeners to the process's `exit` are called.
 */
export function exitAtOnce(code: number): never {
  process.exitCode = code;
  process.emit('exit', code);
  cApi().exit(code);
  throw new Error('cannot end the process; the C library returned from _exit');
}
