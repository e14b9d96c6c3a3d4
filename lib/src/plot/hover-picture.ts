/** Images that appear beside the pointer, over a mark of a plot that stands for them. */
import type { Split } from '../data/split';
import { pixelsOf } from './pixels';
import { type Pixels, pngUrl } from './png';

/** What a tooltip calls an index. Vega's tooltips take the value of `image` for the address of a picture, and draw it. */
export const IMAGE_NUMBER = 'image number';

/** An address of a picture in field `picture`, for a list of tooltips. */
export const PICTURE_TOOLTIP = { field: 'picture', type: 'nominal', title: 'image' } as const;

/**
 * The addresses of small pictures, one an image, as `featureCloud` takes them: some 3 KB each for 32×32 pixels.
 *
 * @param indices of the images in the split; default: all
 * @throws RangeError when an index is out of range
 */
export function thumbnails(split: Split, indices: ArrayLike<number> = [...split.labels.keys()]): string[] {
  return Array.from(indices, (index) => pngUrl(pixelsOf(split, index), 2));
}

/** Images of one size in rows, `columns` at most in each, on white. */
export function montage(images: readonly Pixels[], columns: number): Pixels {
  const [{ width, height }] = images;
  const across = Math.min(columns, images.length);
  const down = Math.ceil(images.length / columns);
  const rgb = new Uint8Array(across * width * down * height * 3).fill(255);
  images.forEach((image, i) => {
    const [left, top] = [(i % columns) * width, Math.floor(i / columns) * height];
    for (let y = 0; y < height; y++) {
      const row = image.rgb.subarray(y * width * 3, (y + 1) * width * 3);
      rgb.set(row, ((top + y) * across * width + left) * 3);
    }
  });
  return { width: across * width, height: down * height, rgb };
}
