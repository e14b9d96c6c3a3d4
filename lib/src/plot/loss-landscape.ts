import { DIRECTIONS, type LossSurfacePlotOptions } from './loss-contour';
import type { PlotlyFigure } from './spec';
import { clamped, logLossGrid, lossScale, type SurfaceOfNet } from './surface-grid';
import { COLOURS, FONT, LOW_TO_HIGH, SCENE_AXIS } from './theme';

const WIDTH = 700; // pixels, as wide as the text of the book
const HEIGHT = 440;

/**
 * The loss around trained nets as a landscape that one can turn, side by side, with one scale of heights and colours; heights go by
 * powers of ten. `lossContour` draws the same where no script runs.
 *
 * @param nets what `lossSurface()` yielded for each
 * @throws RangeError when there is no net, two have one name, or no point has a loss above 0
 */
export function lossLandscape(
  nets: readonly SurfaceOfNet[],
  { title, highest = 10 }: LossSurfacePlotOptions,
): PlotlyFigure {
  const scale = lossScale(title, nets, highest);
  const [low, high] = [Math.log10(scale.lowest), Math.log10(scale.highest)];
  const ticks = { tickvals: scale.levels.map(Math.log10), ticktext: scale.levels.map(String) };
  const share = 0.9 / nets.length; // the rest is for the colour bar
  return {
    data: nets.map((net, i) => ({
      ...surface(net, scale),
      scene: sceneName(i),
      cmin: low,
      cmax: high,
      showscale: i === nets.length - 1,
      colorbar: {
        x: 0.92,
        title: { text: 'loss, nats', font: { size: 11 } },
        len: 0.7,
        thickness: 12,
        ...ticks,
      },
      contours: {
        z: { show: true, start: low, end: high, size: (high - low) / 12, color: COLOURS.text, width: 1 },
      },
    })),
    layout: {
      title: { text: title, x: 0.02, xanchor: 'left', font: { size: 15 } },
      width: WIDTH,
      height: HEIGHT,
      margin: { l: 0, r: 0, t: 44, b: 0 },
      paper_bgcolor: COLOURS.background,
      font: { family: FONT, size: 11, color: COLOURS.text },
      annotations: nets.map(({ name }, i) => ({
        text: name,
        ...{
          x: (i + 0.5) * share,
          y: 0.98,
          xref: 'paper',
          yref: 'paper',
          xanchor: 'center',
          showarrow: false,
        },
      })),
      ...Object.fromEntries(nets.map((_, i) => [sceneName(i), sceneAt([i * share, (i + 1) * share], ticks)])),
    },
  };
}

function surface({ points }: SurfaceOfNet, { lowest, highest }: ReturnType<typeof lossScale>) {
  const { xs, ys, values } = logLossGrid(points, lowest, highest);
  const words = new Map(
    points.map(({ x, y, loss, accuracy }) => [
      `${x},${y}`,
      `loss ${clamped(loss, 0, Number.MAX_VALUE).toPrecision(3)}<br>accuracy ${(100 * accuracy).toFixed(1)} %`,
    ]),
  );
  return {
    type: 'surface',
    x: xs,
    y: ys,
    z: values.map((row) => row.map((value) => value ?? null)),
    text: ys.map((y) => xs.map((x) => words.get(`${x},${y}`) ?? '')),
    hovertemplate: '%{text}<extra></extra>',
    colorscale: LOW_TO_HIGH.map((colour, i) => [i / (LOW_TO_HIGH.length - 1), colour]),
  };
}

function sceneName(index: number): string {
  return index === 0 ? 'scene' : `scene${index + 1}`;
}

function sceneAt(x: readonly number[], ticks: object) {
  const titleOf = (text: string) => ({ text, font: { size: 11 } });
  return {
    domain: { x, y: [0, 0.95] },
    xaxis: { ...SCENE_AXIS, title: titleOf(DIRECTIONS[0]) },
    yaxis: { ...SCENE_AXIS, title: titleOf(DIRECTIONS[1]) },
    zaxis: { ...SCENE_AXIS, title: titleOf('loss, nats'), ...ticks },
    aspectratio: { x: 1, y: 1, z: 0.8 },
    camera: { eye: { x: 1.7, y: 1.7, z: 1.05 }, center: { x: 0, y: 0, z: -0.15 } },
  };
}
