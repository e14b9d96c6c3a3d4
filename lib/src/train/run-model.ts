import { createHash } from 'node:crypto';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';

/** Where a model's config names layers, besides their own `name`. */
const CONNECTIONS = ['inboundNodes', 'inputLayers', 'outputLayers'];

/**
 * 16 hexadecimal digits that stand for a model's layers: their kinds, options and connections.
 *
 * Neither names count, of which TensorFlow.js makes new ones for every model, nor the seeds of initializers and dropout: the same
 * net with another seed has the same hash.
 */
export function layersHash(model: LayersModel): string {
  const indices = new Map<string, number>();
  const indexOf = (name: string) => {
    if (!indices.has(name)) indices.set(name, indices.size);
    return indices.get(name);
  };
  const { name: _own, ...config } = model.getConfig() as Record<string, unknown>;
  return createHash('sha256')
    .update(JSON.stringify(nameless(config, indexOf)))
    .digest('hex')
    .slice(0, 16);
}

function nameless(value: unknown, indexOf: (name: string) => unknown, isName = false): unknown {
  if (isName && typeof value === 'string') return indexOf(value);
  if (Array.isArray(value)) return value.map((inner) => nameless(inner, indexOf, isName));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== 'seed');
  return Object.fromEntries(
    entries.map(([key, inner]) => [
      key,
      nameless(inner, indexOf, key === 'name' || CONNECTIONS.includes(key)),
    ]),
  );
}
