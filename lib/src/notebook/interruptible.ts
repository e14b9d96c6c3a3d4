import { setImmediate as nextTurn } from 'node:timers/promises';
import { currentOutput, type Output } from './output';

/**
 * Runs `fn` so that the first interrupt (the notebook's stop button, Ctrl-C in a terminal) asks it to stop instead of cutting
 * it off: the signal is aborted, and `fn` returns what it has. A second interrupt has its usual effect: the cell ends,
 * the program ends.
 *
 * An interrupt of an awaited cell would otherwise end the cell while `fn` ran on and printed into later cells.
 *
 * @param fn Gets the signal; should return soon after it is aborted.
 * @returns What `fn` returns, interrupted or not.
 */
export async function interruptible<T>(
  fn: (signal: AbortSignal) => T | Promise<T>,
  output: Output = currentOutput(),
): Promise<T> {
  // While the synchronous part of a cell runs, Node holds all listeners back and has a handler of its own in the system's
  // place. A listener added meanwhile is silently lost with it, and the next interrupt kills the kernel.
  await nextTurn();
  const abort = new AbortController();
  const usual = process.rawListeners('SIGINT') as NodeJS.SignalsListener[];
  const onInterrupt = () => {
    giveBack();
    const ownLine = output.kind === 'terminal' && output.interactive ? '\n' : ''; // after the terminal's ^C, or a progress bar
    output.print(`${ownLine}interrupted: waiting for the running step; interrupt again to stop at once`);
    abort.abort();
  };
  let taken = true;
  // In both directions one listener is always in place: without any, the signal's default ends the process.
  const giveBack = () => {
    if (!taken) return;
    taken = false;
    for (const listener of usual) process.on('SIGINT', listener);
    process.removeListener('SIGINT', onInterrupt);
  };
  process.on('SIGINT', onInterrupt);
  for (const listener of usual) process.removeListener('SIGINT', listener);
  try {
    return await fn(abort.signal);
  } finally {
    giveBack();
  }
}
