/**
 * Tensors in one file, in the safetensors format: eight bytes with the length of a header (little-endian), the header as JSON,
 * then the values of all tensors, row-major and little-endian as in memory. Nothing in it is ever executed, and Python's
 * `safetensors` reads it: `safetensors.numpy.load_file('state.safetensors')`.
 *
 * Source: https://github.com/huggingface/safetensors#format, and what its Rust reader refuses.
 */
import { arrayOver, byteLength, type TypedArray } from '../tensorflow/dtypes';

/** What can be stored: the types that variables of TensorFlow.js have, and two more that a state may need. */
export type StoredDType = 'float64' | 'float32' | 'int32' | 'uint8' | 'bool';

export interface StoredTensor {
  readonly dtype: StoredDType;
  readonly shape: readonly number[];
  /** Row-major; a bool is a byte, 0 or 1. */
  readonly values: TypedArray;
}

/** The format's names. Widest first is the order in the file, so that all values are aligned for who maps it into memory. */
const CODES: Readonly<Record<StoredDType, string>> = {
  float64: 'F64',
  float32: 'F32',
  int32: 'I32',
  uint8: 'U8',
  bool: 'BOOL',
};
const WIDEST_FIRST = Object.keys(CODES) as StoredDType[];

const LENGTH_BYTES = 8;
const MAX_HEADER = 100_000_000; // bytes; the format's own limit
const METADATA = '__metadata__'; // a header entry that is no tensor

/**
 * The file's bytes in pieces: the header, then the memory of each tensor itself, not a copy.
 *
 * @throws TypeError for a name that other readers refuse, an unknown dtype, or values of another type or number than the shape's
 */
export function encodeSafetensors(tensors: ReadonlyMap<string, StoredTensor>): Uint8Array[] {
  for (const [name, tensor] of tensors) checkTensor(name, tensor);
  const sorted = [...tensors].sort(
    ([, a], [, b]) => WIDEST_FIRST.indexOf(a.dtype) - WIDEST_FIRST.indexOf(b.dtype),
  );
  let end = 0;
  const entries = sorted.map(([name, { dtype, shape, values }]) => {
    const begin = end;
    end += values.byteLength;
    return [name, { dtype: CODES[dtype], shape, data_offsets: [begin, end] }];
  });
  const values = sorted.map(([, tensor]) => bytesOf(tensor.values));
  return [encodeHeader(Object.fromEntries(entries)), ...values];
}

/**
 * Reads a whole file. The tensors own their memory. Their order is the header's, which need not be the writer's: go by name.
 *
 * @throws Error when the bytes break the format's rules; it says which one
 */
export function decodeSafetensors(bytes: Uint8Array): Map<string, StoredTensor> {
  const { header, end: start } = decodeHeader(bytes);
  const data = bytes.subarray(start);
  const found = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, entry]) => checkEntry(name, entry, data.length));
  checkOrder(found, data.length);
  return new Map(
    found.map(({ name, dtype, shape, begin, end }) => {
      const own = new Uint8Array(end - begin);
      own.set(data.subarray(begin, end));
      return [name, { dtype, shape, values: arrayOver(dtype, own.buffer) }];
    }),
  );
}

function checkTensor(name: string, { dtype, shape, values }: StoredTensor): void {
  const reserved = name === METADATA || name === '__proto__' || /\p{Surrogate}/u.test(name);
  if (reserved) throw new TypeError(`invalid name of a tensor; not one to store: ${JSON.stringify(name)}`);
  const must = (rule: string, value: unknown) => {
    throw new TypeError(`invalid tensor ${name}; ${rule}: ${value}`);
  };
  if (!Object.hasOwn(CODES, dtype)) must(`its dtype is not one of ${WIDEST_FIRST.join(', ')}`, dtype);
  if (!isShape(shape)) must('its shape is not a list of sizes', JSON.stringify(shape));
  const expected = arrayOver(dtype, new ArrayBuffer(0))[Symbol.toStringTag];
  if (values[Symbol.toStringTag] !== expected) {
    must(`its values must be in a ${expected}`, values[Symbol.toStringTag]);
  }
  const size = byteLength({ dtype, shape });
  if (values.byteLength !== size) must(`its shape [${shape}] needs ${size} bytes`, values.byteLength);
}

function encodeHeader(header: object): Uint8Array {
  const text = Buffer.from(JSON.stringify(header));
  const length = Math.ceil(text.length / LENGTH_BYTES) * LENGTH_BYTES; // padded with spaces, so that the values start aligned
  if (length > MAX_HEADER)
    throw new RangeError(`too many tensors; their header may have ${MAX_HEADER} bytes`);
  const bytes = Buffer.alloc(LENGTH_BYTES + length, ' ');
  bytes.writeBigUInt64LE(BigInt(length));
  text.copy(bytes, LENGTH_BYTES);
  return bytes;
}

function decodeHeader(bytes: Uint8Array): { header: object; end: number } {
  if (bytes.length < LENGTH_BYTES) broken('at least 8 bytes are needed', bytes.length);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > MAX_HEADER) broken(`the header may have at most ${MAX_HEADER} bytes`, length);
  const end = LENGTH_BYTES + Number(length);
  if (end > bytes.length) broken('the file ends before its header', `${bytes.length} of ${end} bytes`);
  const header = parse(bytes.subarray(LENGTH_BYTES, end));
  return { header, end };
}

function parse(text: Uint8Array): object {
  if (text[0] !== '{'.charCodeAt(0)) broken('the header must begin with {', text[0]);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch {
    return broken('the header must be JSON', 'it is not');
  }
}

interface Entry {
  readonly name: string;
  readonly dtype: StoredDType;
  readonly shape: readonly number[];
  /** Bytes from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

/** @param available bytes of all values */
function checkEntry(name: string, entry: unknown, available: number): Entry {
  const where = JSON.stringify(name);
  if (name === '__proto__') broken('a tensor may not have this name', where);
  const { dtype: code, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  const dtype = WIDEST_FIRST.find((known) => CODES[known] === code);
  if (dtype === undefined) return broken(`the dtype of ${where} is unknown`, JSON.stringify(code));
  if (!isShape(shape)) return broken(`the shape of ${where} is no list of sizes`, JSON.stringify(shape));
  if (!isShape(offsets) || offsets.length !== 2) {
    return broken(`the offsets of ${where} are not two places`, JSON.stringify(offsets));
  }
  const [begin, end] = offsets;
  if (begin > end || end > available) {
    broken(`the values of ${where} must lie in the file's ${available} bytes`, `${begin} to ${end}`);
  }
  const size = byteLength({ dtype, shape });
  if (size !== end - begin) broken(`${where} of shape [${shape}] needs ${size} bytes`, end - begin);
  return { name, dtype, shape, begin, end };
}

/** Every byte belongs to one tensor; this also finds a name that the header has twice, for JSON keeps one of the two. */
function checkOrder(entries: readonly Entry[], available: number): void {
  let last = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== last)
      broken(`${JSON.stringify(name)} must begin where the one before ends, at ${last}`, begin);
    last = end;
  }
  if (last !== available) broken(`the values must end where the file ends, at ${available}`, last);
}

function isShape(shape: unknown): shape is readonly number[] {
  return Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function bytesOf({ buffer, byteOffset, byteLength }: TypedArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function broken(rule: string, value: unknown): never {
  throw new Error(`invalid safetensors; ${rule}: ${value}`);
}
