import type { Split } from '../data/split';
import type { Predictions } from '../evaluate/predict';
import { type GradCam, relativeHeat } from '../explain/grad-cam';
import { classificationOf, percent } from './classification';
import { colourOf, pixelsOf } from './pixels';
import type { Pixels } from './png';
import type { VegaLiteSpec } from './spec';
import { type Tile, tileGrid } from './tiles';

/** An image of a split and where in it one or more classes are seen. */
export interface HeatedImage {
  readonly index: number;
  readonly cams: readonly GradCam[];
}

export interface HeatGridOptions {
  /** Images in a row, each with its heats beside it; default 1. */
  readonly perRow?: number;
  /** Screen pixels per image pixel, a positive integer, default 3. */
  readonly scale?: number;
  /** Default: the split's name. */
  readonly title?: string;
}

const STRENGTH = 0.6; // of the heat's colour over the image in grey

/**
 * Images, and beside each the same in grey under its heat: dark blue where nothing speaks for the class, yellow where most does. The
 * maps are smaller than the image and are enlarged bilinearly.
 *
 * @param predictions of the same split, which say what each image is taken for
 * @throws RangeError when there is no image, an index is out of range, or `perRow` or `scale` is not a positive integer
 * @throws TypeError when the images have different numbers of heats
 */
export function heatGrid(
  split: Split,
  images: readonly HeatedImage[],
  predictions: Predictions,
  { perRow = 1, scale = 3, title = split.name }: HeatGridOptions = {},
): VegaLiteSpec {
  const counts = [...new Set(images.map(({ cams }) => cams.length))];
  if (counts.length > 1) {
    throw new TypeError(`invalid images; not all with as many heats: ${counts.join(' and ')}`);
  }
  if (!Number.isInteger(perRow) || perRow < 1) {
    throw new RangeError(`invalid perRow; not a positive integer: ${perRow}`);
  }
  const tiles = images.flatMap(({ index, cams }): Tile[] => {
    const pixels = pixelsOf(split, index);
    const { trueClass, predictedClass, confidence, verdict } = classificationOf(predictions, index);
    const details = { image: index, 'true class': trueClass, 'predicted class': predictedClass };
    const caption = `${predictedClass} ${percent(confidence)}`;
    return [
      { pixels, caption, note: `true: ${trueClass}`, verdict, details: { ...details, heat: 'none' } },
      ...cams.map((cam) => {
        const className = split.classNames[cam.classIndex];
        const heat = `for ${className}, at ${cam.layer}`;
        return { pixels: heated(pixels, cam), note: `for ${className}`, details: { ...details, heat } };
      }),
    ];
  });
  return tileGrid(tiles, {
    columns: perRow * (1 + (counts[0] ?? 0)),
    scale,
    title,
    subtitle: 'what it is taken for; beside it: yellow speaks for the class named below, dark blue does not',
  });
}

/** The image in grey, with the heat's colours over it. */
function heated({ width, height, rgb }: Pixels, cam: GradCam): Pixels {
  const heat = enlarged(cam, height, width);
  const mixed = Array.from(heat, (share, pixel) => {
    const [red, green, blue] = rgb.subarray(3 * pixel, 3 * pixel + 3);
    const grey = 0.299 * red + 0.587 * green + 0.114 * blue; // ITU-R BT.601's luma
    return colourOf(share, 'viridis').map((c) => Math.round(STRENGTH * c + (1 - STRENGTH) * grey));
  });
  return { width, height, rgb: Uint8Array.from(mixed.flat()) };
}

/** Bilinear, pixels being areas: their centres lie half a pixel inside. `[height * width]` in row-major order. */
function enlarged(from: GradCam, height: number, width: number): Float32Array {
  const heat = relativeHeat(from);
  const rows = Array.from({ length: height }, (_, y) => between(y, height, from.height));
  const columns = Array.from({ length: width }, (_, x) => between(x, width, from.width));
  const at = (y: number, x: number) => heat[y * from.width + x];
  return Float32Array.from(
    rows.flatMap(([top, bottom, down]) =>
      columns.map(
        ([left, right, along]) =>
          (1 - down) * ((1 - along) * at(top, left) + along * at(top, right)) +
          down * ((1 - along) * at(bottom, left) + along * at(bottom, right)),
      ),
    ),
  );
}

/** The two of `few` pixels between whose centres the centre of pixel `i` of `many` lies, and how far along, 0..1. */
function between(i: number, many: number, few: number): [before: number, after: number, share: number] {
  const place = Math.min(Math.max(((i + 0.5) * few) / many - 0.5, 0), few - 1);
  const before = Math.floor(place);
  return [before, Math.min(before + 1, few - 1), place - before];
}
