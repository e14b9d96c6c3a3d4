/**
 * Files of safetensors that another program wrote, tensor by tensor: a file of any size is judged by its header, and only what is asked
 * for is read. The half-size types that nets are published in are widened; `train/safetensors.ts` has the types of our own files.
 *
 * Source: https://github.com/huggingface/safetensors#format
 */
import fs from 'node:fs';
import type { ForeignTensor } from './place-weights';

const LENGTH_BYTES = 8; // of the header, little-endian
const MAX_HEADER = 10_000_000; // bytes; ResNet-152's has 100 thousand, and the format allows ten times as many
const METADATA = '__metadata__'; // a header entry that is no tensor
const REMEDY = "write it with Python's safetensors.torch.save_file(net.state_dict(), file)";

interface FloatType {
  /** Of one number. */
  readonly bytes: number;
  numbers(values: ArrayBuffer): Float32Array;
}

/** By the format's names. What a float32 cannot hold is rounded, as PyTorch does. */
const FLOATS: Readonly<Record<string, FloatType>> = {
  F32: { bytes: 4, numbers: (values) => new Float32Array(values) },
  F16: { bytes: 2, numbers: (values) => Float32Array.from(new Uint16Array(values), fromFloat16) },
  BF16: { bytes: 2, numbers: fromBfloat16 },
  F64: { bytes: 8, numbers: (values) => Float32Array.from(new Float64Array(values)) },
};

interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

/** Throws: the rule that a file breaks, and what it has instead. */
type Refuse = (rule: string, value: unknown) => never;

/**
 * Opens a file for the time of `use`. The `values` of its tensors are read from the disk each time they are asked for; those of another
 * type than F32, F16, BF16 and F64 throw then.
 *
 * @throws Error when the file breaks a rule of the format, or is not whole; it names the file, the rule and a remedy
 */
export function readSafetensors<T>(file: string, use: (tensors: ReadonlyMap<string, ForeignTensor>) => T): T {
  const refuse: Refuse = (rule, value) => {
    throw new Error(`cannot read ${file}; invalid safetensors; ${rule}: ${value}; ${REMEDY}`);
  };
  const descriptor = fs.openSync(file, 'r');
  try {
    return use(tensorsIn(descriptor, refuse));
  } finally {
    fs.closeSync(descriptor);
  }
}

function tensorsIn(descriptor: number, refuse: Refuse): Map<string, ForeignTensor> {
  const { size } = fs.fstatSync(descriptor);
  const { header, start } = headerOf(descriptor, size, refuse);
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, entry]) => checked(name, entry, size - start, refuse));
  const claimed = entries.reduce((sum, { begin, end }) => sum + end - begin, 0);
  if (claimed !== size - start)
    refuse(`the values must have the file's other ${size - start} bytes`, claimed);
  return new Map(entries.map((entry) => [entry.name, tensorOf(entry, descriptor, start, refuse)]));
}

function tensorOf(
  { name, dtype, shape, begin, end }: Entry,
  descriptor: number,
  start: number,
  refuse: Refuse,
): ForeignTensor {
  return {
    shape,
    get values() {
      const type =
        floatType(dtype) ?? refuse(`${name} is not of type ${Object.keys(FLOATS).join(', ')}`, dtype);
      return type.numbers(read(descriptor, start + begin, end - begin, refuse));
    },
  };
}

function headerOf(descriptor: number, size: number, refuse: Refuse): { header: object; start: number } {
  if (size < LENGTH_BYTES) refuse(`at least ${LENGTH_BYTES} bytes are needed`, size);
  const length = new DataView(read(descriptor, 0, LENGTH_BYTES, refuse)).getBigUint64(0, true);
  if (length > MAX_HEADER) refuse(`the header may have at most ${MAX_HEADER} bytes`, length);
  const start = LENGTH_BYTES + Number(length);
  if (start > size) refuse('the file ends before its header', `${size} of ${start} bytes`);
  const text = new Uint8Array(read(descriptor, LENGTH_BYTES, Number(length), refuse));
  if (text[0] !== '{'.charCodeAt(0)) refuse('the header must begin with {', text[0]);
  try {
    return { header: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text)), start };
  } catch {
    return refuse('the header must be JSON', 'it is not');
  }
}

/** @param available bytes of all values */
function checked(name: string, entry: unknown, available: number, refuse: Refuse): Entry {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string') return refuse(`the type of ${name} is no name`, JSON.stringify(dtype));
  if (!areSizes(shape)) return refuse(`the shape of ${name} is no list of sizes`, JSON.stringify(shape));
  if (!areSizes(offsets) || offsets.length !== 2) {
    return refuse(`the offsets of ${name} are not two places`, JSON.stringify(offsets));
  }
  const [begin, end] = offsets;
  if (begin > end || end > available) {
    refuse(`the values of ${name} must lie in the file's ${available} bytes`, `${begin} to ${end}`);
  }
  const type = floatType(dtype);
  const needed = type ? shape.reduce((product, size) => product * size, type.bytes) : end - begin; // no others are read
  if (needed !== end - begin) refuse(`${name} of shape [${shape}] needs ${needed} bytes`, end - begin);
  return { name, dtype, shape, begin, end };
}

function floatType(dtype: string): FloatType | undefined {
  return Object.hasOwn(FLOATS, dtype) ? FLOATS[dtype] : undefined;
}

function areSizes(list: unknown): list is readonly number[] {
  return Array.isArray(list) && list.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function read(descriptor: number, position: number, length: number, refuse: Refuse): ArrayBuffer {
  const bytes = new Uint8Array(length);
  const count = fs.readSync(descriptor, bytes, { position });
  if (count !== length) refuse('the file became shorter', `${count} of ${length} bytes at ${position}`);
  return bytes.buffer;
}

/** IEEE 754's binary16, as its bits: one of sign, five of exponent, ten of fraction. */
function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** The upper half of a float32. */
function fromBfloat16(values: ArrayBuffer): Float32Array {
  return new Float32Array(Uint32Array.from(new Uint16Array(values), (bits) => bits << 16).buffer);
}
