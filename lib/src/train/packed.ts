/** Tensors and plain data as one piece of memory, to send to other workers. */
import { cardFromJson, cardToJson, type JsonObject } from './checkpoint-card';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from './safetensors';
import type { TensorCopy } from './weight-copy';

export interface Packed {
  /** Plain data; numbers come back bit by bit. */
  readonly meta: JsonObject;
  readonly tensors: ReadonlyMap<string, TensorCopy>;
}

const LENGTH_BYTES = 8; // of the text's length in front of it

/** As a checkpoint's two files, one behind the other. */
export function pack({ meta, tensors }: Packed): Uint8Array {
  const text = Buffer.from(cardToJson({ step: 0, meta }));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...encodeSafetensors(tensors as ReadonlyMap<string, StoredTensor>)]);
}

/** @throws Error when the bytes are not what {@link pack} made */
export function unpack(bytes: Uint8Array): Packed {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = LENGTH_BYTES + Number(buffer.readBigUInt64LE());
  const card = cardFromJson(buffer.toString('utf8', LENGTH_BYTES, end));
  if (!card)
    throw new Error(`cannot unpack ${bytes.length} bytes; what they say of themselves is not readable`);
  return {
    meta: card.meta,
    tensors: decodeSafetensors(bytes.subarray(end)) as unknown as Packed['tensors'],
  };
}
