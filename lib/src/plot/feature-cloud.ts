import { IMAGE_NUMBER, PICTURE_TOOLTIP } from './hover-picture';
import { choosable, ZOOMABLE } from './named-colours';
import type { PlotlyFigure, VegaLiteSpec } from './spec';
import { COLOURS, FONT, SCENE_AXIS, seriesColour, themed, titled } from './theme';

export interface FeatureCloudOptions {
  /** Name the layer and the split here. Default: `"Images in the space of features"`. */
  readonly title?: string;
  /** Default `['component 1', 'component 2', 'component 3']`. */
  readonly axisTitles?: readonly string[];
  /** The image behind each point, shown when the pointer is over it: addresses in the points' order, see `thumbnails`. Default: none. */
  readonly pictures?: readonly string[];
}

const TITLE = 'Images in the space of features';
const AXIS_TITLES = ['component 1', 'component 2', 'component 3'];

/** `[n, 3]` in rows, or the same numbers in row-major order, as `principalComponents` gives them. */
export type Points = Float32Array | readonly (readonly number[])[];

/**
 * A cloud of points in three dimensions that one can turn, a colour and an entry of the legend for each class.
 *
 * @param points `[n, 3]`
 * @param labels class indices, `[n]`
 * @throws TypeError when `points` are not `[n, 3]`, or there is not a picture for each; RangeError when a label is not that of a class
 */
export function featureCloud(
  points: Points,
  labels: ArrayLike<number>,
  classNames: readonly string[],
  { title = TITLE, axisTitles = AXIS_TITLES, pictures }: FeatureCloudOptions = {},
): PlotlyFigure {
  const rows = rowsOf(points, labels.length, 3);
  checkLabels(labels, classNames);
  checkPictures(pictures, labels.length);
  const byClass = classNames.map((_, k) => rows.filter((_, i) => labels[i] === k));
  const axis = (i: number) => ({ title: { text: axisTitles[i] }, ...SCENE_AXIS });
  return {
    data: classNames.flatMap((name, k) =>
      byClass[k].length === 0
        ? []
        : {
            type: 'scatter3d',
            mode: 'markers',
            name,
            x: byClass[k].map((row) => row[0]),
            y: byClass[k].map((row) => row[1]),
            z: byClass[k].map((row) => row[2]),
            marker: { size: 3.2, color: seriesColour(k), opacity: 0.85 },
            ...(pictures && { customdata: pictures.filter((_, i) => labels[i] === k) }),
            hovertemplate: `${name}<br>%{x:.2f}, %{y:.2f}, %{z:.2f}<extra></extra>`,
          },
    ),
    layout: {
      title: { text: title, x: 0.02, xanchor: 'left', font: { size: 15 } },
      width: 760,
      height: 560,
      margin: { l: 0, r: 0, t: 44, b: 0 },
      paper_bgcolor: COLOURS.background,
      font: { family: FONT, size: 11, color: COLOURS.text },
      legend: { itemsizing: 'constant', y: 0.5 },
      scene: {
        xaxis: axis(0),
        yaxis: axis(1),
        zaxis: axis(2),
        aspectmode: 'cube',
        camera: { eye: { x: 1.3, y: 1.3, z: 0.75 }, center: { x: 0, y: 0, z: -0.1 } },
        domain: { x: [0, 0.92], y: [0, 1] },
      },
    },
  };
}

/**
 * The first two dimensions of the same cloud, for places where no script runs; arguments and errors as
 * {@link featureCloud}, and points of two dimensions will do.
 */
export function featureCloudTwin(
  points: Points,
  labels: ArrayLike<number>,
  classNames: readonly string[],
  { title = TITLE, axisTitles = AXIS_TITLES, pictures }: FeatureCloudOptions = {},
): VegaLiteSpec {
  const rows = rowsOf(points, labels.length, 2);
  checkLabels(labels, classNames);
  checkPictures(pictures, labels.length);
  const shown = classNames.map((name, k) => ({ name, k })).filter(({ k }) => Array.from(labels).includes(k));
  const quantitative = { type: 'quantitative' as const };
  const scale = { zero: false, nice: true };
  const { params, faded } = choosable('class', shown.length, 0.75);
  return themed({
    title: titled(title, axisTitles === AXIS_TITLES ? 'the first two dimensions' : undefined),
    width: 520,
    height: 400,
    data: {
      values: rows.map((row, i) => ({
        x: row[0],
        y: row[1],
        class: classNames[labels[i]],
        image: i,
        ...(pictures && { picture: pictures[i] }),
      })),
    },
    params: [...params, ZOOMABLE],
    mark: { type: 'circle', size: 22, clip: true },
    encoding: {
      opacity: faded,
      x: { field: 'x', ...quantitative, title: axisTitles[0], scale },
      y: { field: 'y', ...quantitative, title: axisTitles[1], scale },
      color: {
        field: 'class',
        type: 'nominal',
        scale: { domain: shown.map(({ name }) => name), range: shown.map(({ k }) => seriesColour(k)) },
        legend: { title: null, symbolOpacity: 1, symbolSize: 60, columns: Math.ceil(shown.length / 20) },
      },
      tooltip: [
        { field: 'class', type: 'nominal' },
        { field: 'image', ...quantitative, title: IMAGE_NUMBER },
        ...(pictures ? [PICTURE_TOOLTIP] : []),
      ],
    },
  });
}

/** `[n, at least dimensions]`. */
function rowsOf(points: Points, n: number, dimensions: number): readonly (readonly number[])[] {
  const width =
    points instanceof Float32Array ? points.length / n : Math.min(...points.map((row) => row.length));
  const count = points instanceof Float32Array ? n : points.length;
  if (count !== n || !Number.isInteger(width) || width < dimensions) {
    throw new TypeError(
      `invalid points; not [${n}, ${dimensions}], a row a label: ${points.length} ` +
        (points instanceof Float32Array ? 'numbers' : `rows of ${width}`),
    );
  }
  if (!(points instanceof Float32Array)) return points;
  return Array.from({ length: n }, (_, i) => [...points.subarray(i * width, (i + 1) * width)]);
}

function checkLabels(labels: ArrayLike<number>, classNames: readonly string[]): void {
  const bad = Array.from(labels).find((label) => classNames[label] === undefined);
  if (bad !== undefined) throw new RangeError(`invalid label; not in [0, ${classNames.length}): ${bad}`);
}

function checkPictures(pictures: readonly string[] | undefined, n: number): void {
  if (pictures === undefined || pictures.length === n) return;
  throw new TypeError(`invalid pictures; not one for each of ${n} points: ${pictures.length}`);
}
