/**
 * koffi, which calls C functions from JavaScript; taken from here, because it has to be configured before its first use, and
 * because most of the library works without it.
 */
import type koffiModule from 'koffi';

/** A call's own stack on its worker thread, in bytes: TensorFlow optimises a graph there, by recursion. */
const ASYNC_STACK = 16 << 20;

/** Why koffi is not there; undefined when it is. */
export let koffiProblem: string | undefined;

function load(): typeof koffiModule | undefined {
  try {
    const loaded = require('koffi') as typeof koffiModule;
    loaded.config({ async_stack_size: ASYNC_STACK, resident_async_pools: 2 });
    return loaded;
  } catch (error) {
    koffiProblem = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return undefined;
  }
}

/** Undefined where its binary cannot be loaded. */
export const koffi = load() as typeof koffiModule;
