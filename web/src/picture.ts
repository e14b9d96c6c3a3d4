/** Pictures from files, cameras and samples, as the page shows them and as the net sees them. */
import type { Pixels } from '../../lib/src/plot/png';
import { resizeBilinear } from './resize';
import { middleSquare } from './square';

export interface Picture {
  /** A sentence without its period, for the caption. */
  readonly title: string;
  /** The middle square at its own size. */
  readonly square: Pixels;
  /** The same at the size that the net takes. */
  readonly seen: Pixels;
  /** The index of its class, where it is known. */
  readonly truth?: number;
}

const LARGEST = 2048; // pixels: the side of a square that every phone's canvas holds

/**
 * The picture in a file, upright as its camera noted, on white where it is transparent.
 *
 * @throws TypeError when the browser knows no picture in it
 */
export async function openPicture(file: File, side: number): Promise<Picture> {
  const bitmap = await createImageBitmap(file).catch((error: unknown) => {
    throw new TypeError(
      `cannot open ${file.name}; it is not a picture that this browser knows: choose a PNG, JPEG or WebP file`,
      { cause: error },
    );
  });
  try {
    const { width, height } = bitmap;
    return { title: `${file.name}, ${width}×${height} pixels`, ...squareOf(bitmap, width, height, side) };
  } finally {
    bitmap.close();
  }
}

/** The middle square of anything that a canvas can draw. */
export function squareOf(
  source: CanvasImageSource,
  width: number,
  height: number,
  side: number,
): Pick<Picture, 'square' | 'seen'> {
  const from = middleSquare(width, height);
  const size = Math.min(from.side, LARGEST);
  const context = new OffscreenCanvas(size, size).getContext('2d', { willReadFrequently: true })!;
  context.fillStyle = 'white';
  context.fillRect(0, 0, size, size);
  context.imageSmoothingQuality = 'high';
  context.drawImage(source, from.x, from.y, from.side, from.side, 0, 0, size, size);
  const square = withoutOpacity(context.getImageData(0, 0, size, size));
  return { square, seen: resizeBilinear(square, side) };
}

function withoutOpacity({ data, width, height }: ImageData): Pixels {
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < data.length; from += 4) {
    rgb[to++] = data[from];
    rgb[to++] = data[from + 1];
    rgb[to++] = data[from + 2];
  }
  return { width, height, rgb };
}

/** Makes a canvas as large as the picture, and draws it. */
export function draw(canvas: HTMLCanvasElement, { width, height, rgb }: Pixels): void {
  const image = new ImageData(width, height);
  for (let from = 0, to = 0; from < rgb.length; to++) {
    image.data[to++] = rgb[from++];
    image.data[to++] = rgb[from++];
    image.data[to++] = rgb[from++];
    image.data[to] = 255;
  }
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d')!.putImageData(image, 0, 0);
}
