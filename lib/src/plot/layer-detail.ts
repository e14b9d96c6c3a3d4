import type { LayersModel, layers } from '@tensorflow/tfjs-node-gpu';

/** What a layer's settings say beyond its class, e.g. `"7×7, 64 filters, stride 2"`; empty where that is nothing. */
export function layerDetail(layer: layers.Layer): string {
  const inner = (layer as Partial<LayersModel>).layers;
  if (inner) return `${inner.length} layers`;
  const { kernelSize, poolSize, filters, units, strides, rate, activation } = layer.getConfig();
  const parts = [
    sides(kernelSize ?? poolSize),
    filters !== undefined && `${filters} filters`,
    units !== undefined && `${units} units`,
    sides(strides) !== '1×1' && sides(strides) && `stride ${sides(strides).replace(/^(\d+)×\1$/, '$1')}`,
    rate !== undefined && `rate ${rate}`,
    typeof activation === 'string' && activation !== 'linear' && activation,
  ];
  return parts.filter(Boolean).join(', ');
}

/** `[3, 3]` as `3×3`; empty for what is not a list of numbers. */
function sides(value: unknown): string {
  return Array.isArray(value) ? value.join('×') : '';
}
