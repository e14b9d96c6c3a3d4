/** Weights of PyTorch's residual nets, torchvision's and timm's, in files of safetensors; see {@link torchPlaces} for which nets. */
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { replaceFile } from '../train/durable-directory';
import { encodeSafetensors, type StoredTensor } from '../train/safetensors';
import { foreignWeights, placeWeights } from './place-weights';
import { torchPlaces } from './torch-places';
import { readSafetensors } from './torch-safetensors';

const BOOKKEEPING = '.num_batches_tracked'; // how many batches PyTorch's batch norm has seen; nothing here needs it
const LENGTH_BYTES = 8; // of a header, little-endian

/**
 * Gives a net the weights and batch norm statistics of a file, all of them or none: of float32, or what float16, bfloat16 and float64
 * come to in it. Names and shapes are compared before any value is read. Images go in as the weights want them; nothing here
 * normalises them.
 *
 * @throws TypeError for a net that is none of PyTorch's; Error for a file that is not whole or no safetensors, and for tensors that are
 *   missing, left over or of another shape, which it lists. The model is as before
 */
export async function readTorchWeights(model: LayersModel, file: string): Promise<void> {
  const places = torchPlaces(model);
  readSafetensors(file, (tensors) => {
    const found = new Map([...tensors].filter(([name]) => !name.endsWith(BOOKKEEPING)));
    placeWeights(model, places, found, file);
  });
}

/**
 * Writes weights and batch norm statistics so that `net.load_state_dict(safetensors.torch.load_file(file))` of the same net in
 * torchvision or timm takes them. They are written beside `file`, which is replaced when the disk has them all.
 *
 * @param metadata of the file, all strings; PyTorch's programs expect `format: 'pt'`, which it has unless told otherwise
 * @throws TypeError for a net that is none of PyTorch's, or metadata that is not of strings
 */
export async function writeTorchWeights(
  model: LayersModel,
  file: string,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const odd = Object.entries(metadata).find(([, value]) => typeof value !== 'string');
  if (odd) throw new TypeError(`invalid metadata; ${odd[0]} is not a string: ${JSON.stringify(odd[1])}`);
  const tensors = [...foreignWeights(torchPlaces(model))].map(([name, tensor]): [string, StoredTensor] => [
    name,
    { dtype: 'float32', ...tensor },
  ]);
  const [header, ...values] = encodeSafetensors(new Map(tensors));
  await replaceFile(file, [withMetadata(header, { format: 'pt', ...metadata }), ...values]);
}

/** A file's header with one entry more; padded with spaces, so that the values start aligned. */
function withMetadata(header: Uint8Array, metadata: object): Uint8Array {
  const entries = JSON.parse(new TextDecoder().decode(header.subarray(LENGTH_BYTES)));
  const text = Buffer.from(JSON.stringify({ __metadata__: metadata, ...entries }));
  const bytes = Buffer.alloc(LENGTH_BYTES * (1 + Math.ceil(text.length / LENGTH_BYTES)), ' ');
  bytes.writeBigUInt64LE(BigInt(bytes.length - LENGTH_BYTES));
  text.copy(bytes, LENGTH_BYTES);
  return bytes;
}
