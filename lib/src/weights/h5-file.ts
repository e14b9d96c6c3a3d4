/**
 * HDF5 files in memory, over h5wasm: the HDF5 library in WebAssembly. It sees no file system but its own, in which nothing else lies, so
 * that a file's links lead nowhere, and whatever a damaged file does to the library stays in there.
 */
import { randomUUID } from 'node:crypto';
import type { ForeignTensor } from './place-weights';

type H5wasm = typeof import('h5wasm');
type Group = InstanceType<H5wasm['Group']>;
type Dataset = InstanceType<H5wasm['Dataset']>;

/** A tensor in a file. Its values are read each time they are asked for, and can be only while the file is open. */
export interface H5Tensor extends ForeignTensor {
  /** From the root, such as `layers/dense/vars/0`. */
  readonly path: string;
}

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]; // HDF5 file format specification, II.A
const MAX_OBJECTS = 20_000; // groups and tensors; a trained ResNet-152 has 4,000
const MAX_DEPTH = 16; // groups in groups; Keras has five. A group may hold itself
const MAX_TEXT = 1 << 20; // bytes of an attribute
const OWN = { canOwn: true } as object; // Emscripten: the file is these bytes, not a copy of them

/** Whether a file that begins with these bytes is meant to be HDF5. */
export function isH5(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/**
 * Opens a file that lies in memory, for as long as `use` runs.
 *
 * @param bytes the whole file; leave it alone until the promise is settled
 * @param what the file's name, for errors
 * @throws Error when it is not HDF5, truncated or damaged, as far as `use` looks
 */
export async function readH5<T>(bytes: Uint8Array, what: string, use: (file: H5File) => T): Promise<T> {
  if (!isH5(bytes)) throw new Error(`cannot read ${what}; it is not HDF5`);
  const { wasm, fileSystem } = await loadH5wasm();
  const name = `${randomUUID()}.h5`;
  fileSystem.writeFile(name, bytes, OWN);
  try {
    const file = ofLibrary(what, () => new wasm.File(name, 'r'));
    try {
      return use(new H5File(file, wasm, what));
    } finally {
      file.close();
    }
  } finally {
    fileSystem.unlink(name);
  }
}

/** The bytes of a new file, which `fill` fills from its root on. */
export async function writeH5(fill: (root: Group) => void): Promise<Uint8Array> {
  const { wasm, fileSystem } = await loadH5wasm();
  const name = `${randomUUID()}.h5`;
  const file = new wasm.File(name, 'w');
  try {
    try {
      fill(file);
    } finally {
      file.close();
    }
    return fileSystem.readFile(name);
  } finally {
    fileSystem.unlink(name);
  }
}

/** An open file. */
export class H5File {
  readonly #root: Group;
  readonly #wasm: H5wasm;
  readonly #what: string;

  constructor(root: Group, wasm: H5wasm, what: string) {
    [this.#root, this.#wasm, this.#what] = [root, wasm, what];
  }

  /** All tensors; links into other files are passed over. */
  tensors(): H5Tensor[] {
    const { Group, Dataset } = this.#wasm;
    const groups = [{ group: this.#root, depth: 1 }];
    const found: H5Tensor[] = [];
    let objects = 0;
    for (const { group, depth } of groups) {
      // an array visits what is added while we walk it
      for (const name of this.#read(() => group.keys())) {
        objects += 1;
        if (objects > MAX_OBJECTS || depth > MAX_DEPTH) {
          const most = `more than ${MAX_OBJECTS} objects, or ${MAX_DEPTH} of them in each other`;
          throw new Error(`cannot read ${this.#what}; it has ${most}`);
        }
        const object = this.#read(() => group.get(name));
        if (object instanceof Group) groups.push({ group: object, depth: depth + 1 });
        if (object instanceof Dataset) found.push(this.#tensor(object));
      }
    }
    return found;
  }

  /** Texts that a group has as an attribute, one or several; undefined when there is no such group or attribute. */
  texts(path: string, attribute: string): string[] | undefined {
    return this.#read(() => {
      const group = this.#root.get(path);
      const found = group instanceof this.#wasm.Group ? group.attrs[attribute] : undefined;
      if (!found || found.metadata.size * found.metadata.total_size > MAX_TEXT) return undefined;
      return [found.value].flat().filter((text) => typeof text === 'string');
    });
  }

  #tensor(dataset: Dataset): H5Tensor {
    const path = dataset.path.slice(1);
    const { shape } = this.#read(() => dataset.metadata);
    const read = () => this.#values(path, dataset);
    return {
      path,
      shape: shape ?? [0], // of HDF5's null dataspace
      get values() {
        return read();
      },
    };
  }

  /**
   * In pieces, or compressed, they would need as much memory as the file says, whatever the tensor's size: a few bytes can inflate to
   * gigabytes. Keras writes neither.
   */
  #values(path: string, dataset: Dataset): Float32Array {
    const { type, size, littleEndian, chunks } = this.#read(() => dataset.metadata);
    const float = this.#wasm.Module.H5T_class_t.H5T_FLOAT.value;
    if (type !== float || size !== 4 || !littleEndian) {
      throw new Error(`cannot read ${path} of ${this.#what}; its type is not float32, little-endian`);
    }
    if (chunks !== null) {
      throw new Error(
        `cannot read ${path} of ${this.#what}; it is chunked or compressed; ` +
          'rewrite the file with `h5repack --layout CONTI --filter NONE`',
      );
    }
    const values = this.#read(() => dataset.value as Float32Array | number);
    return typeof values === 'number' ? Float32Array.of(values) : values;
  }

  #read<T>(library: () => T): T {
    return ofLibrary(this.#what, library);
  }
}

/** The library tells what is wrong by the line of its source; that becomes the cause. */
function ofLibrary<T>(what: string, library: () => T): T {
  try {
    return library();
  } catch (cause) {
    throw new Error(`cannot read ${what}; its HDF5 is truncated or damaged`, { cause });
  }
}

/** h5wasm is an ES module only, and TypeScript makes `require` of an `import()` in CommonJS; this one stays as it is. */
const importModule = new Function('name', 'return import(name)') as (name: string) => Promise<unknown>;

async function loadH5wasm() {
  const wasm = (await importModule('h5wasm')) as H5wasm;
  const { FS: fileSystem, activate_throwing_error_handler } = await wasm.ready;
  activate_throwing_error_handler(); // else it prints what is wrong, and goes on with what it has not read
  return { wasm, fileSystem };
}
