import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../tensorflow/load';

/** The form of a value made of tensors, with the place of each tensor in the list of all of them. */
export type Structure =
  | { readonly kind: 'tensor'; readonly at: number }
  | { readonly kind: 'nothing'; readonly value: null | undefined }
  | { readonly kind: 'array'; readonly items: readonly Structure[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, Structure])[] };

/**
 * Takes a value apart into its tensors and its form; {@link assemble} is the way back.
 *
 * @throws TypeError when there is anything in it but tensors, null and undefined, in arrays and plain objects
 */
export function flatten(value: unknown, functionName: string): { leaves: Tensor[]; structure: Structure } {
  const leaves: Tensor[] = [];
  const walk = (part: unknown, path: string): Structure => {
    if (part instanceof tf.Tensor) return { kind: 'tensor', at: leaves.push(part) - 1 };
    if (part === null || part === undefined) return { kind: 'nothing', value: part };
    if (Array.isArray(part))
      return { kind: 'array', items: part.map((item, i) => walk(item, `${path}[${i}]`)) };
    if (part instanceof Promise) {
      part.catch(() => {}); // it goes on without its tensors
      throw new TypeError(
        `cannot compile ${functionName}; it must return tensors: a promise; leave out "async", the compiled function is ` +
          'asynchronous by itself',
      );
    }
    if (Object.getPrototypeOf(part) === Object.prototype) {
      return {
        kind: 'object',
        entries: Object.entries(part).map(([key, item]) => [key, walk(item, `${path}.${key}`)] as const),
      };
    }
    throw new TypeError(
      `cannot compile ${functionName}; it must return tensors, and arrays or objects of them, for any other value would be ` +
        `frozen: ${path} is ${describe(part)}`,
    );
  };
  return { structure: walk(value, 'the result'), leaves };
}

export function assemble(structure: Structure, leaves: readonly Tensor[]): unknown {
  switch (structure.kind) {
    case 'tensor':
      return leaves[structure.at];
    case 'nothing':
      return structure.value;
    case 'array':
      return structure.items.map((item) => assemble(item, leaves));
    case 'object':
      return Object.fromEntries(structure.entries.map(([key, item]) => [key, assemble(item, leaves)]));
  }
}

function describe(value: unknown): string {
  return typeof value === 'object'
    ? `a ${value?.constructor?.name ?? 'object'}`
    : `the ${typeof value} ${String(value)}`;
}
