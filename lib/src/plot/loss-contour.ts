import { contourLines } from './contour-lines';
import { logColours } from './log-colours';
import type { VegaLiteSpec } from './spec';
import { clamped, logLossGrid, lossScale, type SurfaceOfNet } from './surface-grid';
import { COLOURS, themed, titled } from './theme';

export interface LossSurfacePlotOptions {
  readonly title: string;
  /** Losses above it look alike; in nats, default 10. */
  readonly highest?: number;
}

/** The names of the two axes, in either plot. */
export const DIRECTIONS = ['along direction 1', 'along direction 2'] as const;

const SIDE = 260; // pixels, about: cells are whole pixels wide, without seams

/**
 * The loss around trained nets seen from above, side by side with one scale of colours, lines of equal loss at round numbers, and a
 * cross where the net itself is. Rows that have not come yet stay empty, so that it can be drawn while a surface is being computed.
 *
 * @param nets what `lossSurface()` yielded for each
 * @throws RangeError when there is no net, two have one name, or no point has a loss above 0
 */
export function lossContour(
  nets: readonly SurfaceOfNet[],
  { title, highest = 10 }: LossSurfacePlotOptions,
): VegaLiteSpec {
  const scale = lossScale(title, nets, highest);
  const subtitle = 'the cross: the trained net; a filter at 1 has changed by as much as it is large';
  return themed({
    title: titled(title, subtitle),
    hconcat: nets.map((net, i) => seenFromAbove(net, scale, i === 0)),
    resolve: { scale: { color: 'shared' } },
  });
}

type LossScale = ReturnType<typeof lossScale>;

function seenFromAbove({ name, points }: SurfaceOfNet, scale: LossScale, isFirst: boolean) {
  const { lowest, highest, levels } = scale;
  const grid = logLossGrid(points, lowest, highest);
  const range = Math.max(...points.map(({ x }) => Math.abs(x)));
  const half = grid.xs.length > 1 ? (grid.xs[1] - grid.xs[0]) / 2 : range;
  const side = Math.max(1, Math.round(SIDE / grid.xs.length)) * grid.xs.length;
  const quantitative = { type: 'quantitative' as const };
  const axis = { scale: { domain: [-range - half, range + half], nice: false }, axis: { grid: false } };
  const cells = points.map(({ x, y, loss, accuracy }) => ({
    ...{ x: x - half, x2: x + half, y: y - half, y2: y + half },
    ...{ loss: Number.isFinite(loss) ? loss : null, accuracy, shown: clamped(loss, lowest, highest) },
  }));
  const lines = levels.flatMap((level) =>
    contourLines(grid, Math.log10(level)).map((segment) => ({ ...segment, level })),
  );
  const legend = { format: '~g', values: levels, gradientLength: 200 };
  const place = {
    x: { field: 'x', ...quantitative, title: DIRECTIONS[0], ...axis },
    x2: { field: 'x2' },
    y: { field: 'y', ...quantitative, title: isFirst ? DIRECTIONS[1] : null, ...axis },
    y2: { field: 'y2' },
  };
  return {
    title: { text: name, fontSize: 12, offset: 6 },
    width: side,
    height: side,
    layer: [
      {
        data: { values: cells },
        mark: { type: 'rect' as const, aria: false },
        encoding: {
          ...place,
          color: {
            field: 'shown',
            ...quantitative,
            title: 'loss, nats',
            scale: logColours(lowest, highest),
            legend,
          },
          tooltip: [
            { field: 'loss', ...quantitative, format: '.3~g', title: 'loss, nats' },
            { field: 'accuracy', ...quantitative, format: '.1%' },
          ],
        },
      },
      {
        data: { values: lines },
        mark: { type: 'rule' as const, color: COLOURS.onLight, strokeWidth: 0.8, opacity: 0.7, aria: false },
        encoding: {
          ...place,
          tooltip: { field: 'level', ...quantitative, title: 'loss, nats' },
        },
      },
      {
        data: { values: [{ x: 0, y: 0 }] },
        mark: {
          type: 'point' as const,
          shape: 'cross',
          size: 70,
          color: COLOURS.onDark,
          stroke: COLOURS.onLight,
        },
        encoding: { x: place.x, y: place.y },
      },
    ],
  };
}
