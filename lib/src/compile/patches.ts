/** Replaces members of objects for a while: a recording stands in for parts of TensorFlow.js, and must leave no trace. */
export class Patches {
  readonly #undo: (() => void)[] = [];

  /** @param make gets the member as it is and returns what stands in for it */
  replace<T extends object, K extends keyof T>(target: T, key: K, make: (original: T[K]) => T[K]): void {
    const own = Object.getOwnPropertyDescriptor(target, key);
    const original = target[key];
    Object.defineProperty(target, key, {
      value: make(original),
      configurable: true,
      writable: true,
      enumerable: own?.enumerable ?? false,
    });
    this.#undo.push(() => {
      if (own) Object.defineProperty(target, key, own);
      else delete target[key]; // it was inherited
    });
  }

  /** Runs `undo` when the patches are taken off. */
  onRestore(undo: () => void): void {
    this.#undo.push(undo);
  }

  /** Takes all off, the last one first. */
  restore(): void {
    for (const undo of this.#undo.splice(0).reverse()) undo();
  }
}
