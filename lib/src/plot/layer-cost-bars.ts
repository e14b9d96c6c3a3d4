import type { LayerRow } from '../model/layer-table';
import { kindOf } from './layer-kind';
import type { VegaLiteSpec } from './spec';
import { COLOURS, themed, titled } from './theme';

export interface LayerCostBarsOptions {
  /** Name the model here. Default: `"Where the parameters and the multiply-adds are"`. */
  readonly title?: string;
}

const WIDTH = 300; // of each panel, in pixels
const MANY = 40; // rows, from which on they get lower

/**
 * Parameters and multiply-adds of one image, layer by layer in the model's order, each on its own axis. Layers without
 * either, as activations are, are left out.
 *
 * @throws RangeError when no layer has parameters or multiply-adds
 */
export function layerCostBars(
  rows: readonly LayerRow[],
  { title = 'Where the parameters and the multiply-adds are' }: LayerCostBarsOptions = {},
): VegaLiteSpec {
  const costly = rows.filter(({ parameters, multiplyAdds }) => parameters > 0 || multiplyAdds > 0);
  if (costly.length === 0) {
    throw new RangeError(
      `cannot draw "${title}"; no layer has parameters or multiply-adds: ${rows.length} layers`,
    );
  }
  const total = (field: 'parameters' | 'multiplyAdds') =>
    rows.reduce((sum, row) => sum + (Number.isFinite(row[field]) ? row[field] : 0), 0);
  const kinds = [
    ...new Map(costly.map((row) => [kindOf(row.className).name, kindOf(row.className)])).values(),
  ];
  const totals = { parameters: total('parameters'), multiplyAdds: total('multiplyAdds') };
  const values = costly.map(({ name, className, outputShape, parameters, multiplyAdds }) => ({
    layer: name,
    class: className,
    kind: kindOf(className).name,
    output: `[${outputShape.map((size, axis) => size ?? (axis === 0 ? 'batch' : '?')).join(', ')}]`,
    parameters,
    multiplyAdds: Number.isFinite(multiplyAdds) ? multiplyAdds : null,
    parametersShare: parameters / Math.max(totals.parameters, 1),
    multiplyAddsShare: (Number.isFinite(multiplyAdds) ? multiplyAdds : 0) / Math.max(totals.multiplyAdds, 1),
  }));
  const rest = rows.length - costly.length;
  return themed({
    title: titled(
      title,
      `${totals.parameters.toLocaleString('en-US')} parameters, ${totals.multiplyAdds.toLocaleString('en-US')} multiply-adds for one image` +
        (rest > 0 ? `; ${rest} layers have neither and are left out` : ''),
    ),
    data: { values },
    spacing: 24,
    hconcat: [
      panel('parameters', 'parameters', costly, kinds, true),
      panel('multiplyAdds', 'multiply-adds for one image', costly, kinds, false),
    ],
  });
}

function panel(
  field: 'parameters' | 'multiplyAdds',
  title: string,
  rows: readonly LayerRow[],
  kinds: readonly { readonly name: string; readonly stroke: string }[],
  withNames: boolean,
) {
  const dense = rows.length > MANY;
  const quantitative = { type: 'quantitative' as const };
  const nominal = { type: 'nominal' as const };
  return {
    width: WIDTH,
    height: rows.length * (dense ? 12 : 20),
    encoding: {
      y: {
        field: 'layer',
        ...nominal,
        sort: rows.map(({ name }) => name),
        title: null,
        axis: withNames ? { labelFontSize: dense ? 9 : 11, labelOverlap: false } : null,
        scale: { paddingInner: 0.25, paddingOuter: 0.1 },
      },
      x: {
        field,
        ...quantitative,
        title,
        axis: { format: '~s', tickCount: 5 },
        scale: rows.some((row) => row[field] > 0) ? { zero: true } : { domain: [0, 1] },
      },
      tooltip: [
        { field: 'layer', ...nominal },
        { field: 'class', ...nominal },
        { field: 'output', ...nominal },
        { field: 'parameters', ...quantitative, format: ',d' },
        { field: 'parametersShare', ...quantitative, title: 'of all parameters', format: '.1%' },
        { field: 'multiplyAdds', ...quantitative, title: 'multiply-adds', format: ',d' },
        { field: 'multiplyAddsShare', ...quantitative, title: 'of all multiply-adds', format: '.1%' },
      ],
    },
    layer: [
      {
        mark: { type: 'bar' as const, cornerRadiusEnd: 2 },
        encoding: {
          color: {
            field: 'kind',
            ...nominal,
            scale: { domain: kinds.map(({ name }) => name), range: kinds.map(({ stroke }) => stroke) },
            legend: { title: null, orient: 'top' as const, symbolType: 'square' },
          },
        },
      },
      {
        transform: [{ filter: `datum.${field} > 0` }],
        mark: {
          type: 'text' as const,
          align: 'left' as const,
          dx: 4,
          fontSize: dense ? 8 : 10,
          color: COLOURS.quietText,
        },
        encoding: { text: { field, ...quantitative, format: '.3~s' } },
      },
    ],
  };
}
