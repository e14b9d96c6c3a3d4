/** A square of a picture, in its pixels. */
export interface Square {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

/**
 * The largest square in the middle of a picture.
 *
 * @throws RangeError for a picture without pixels
 */
export function middleSquare(width: number, height: number): Square {
  const side = Math.min(width, height);
  if (!(side >= 1)) throw new RangeError(`cannot crop a picture; it has no pixels: ${width}x${height}`);
  return { x: Math.floor((width - side) / 2), y: Math.floor((height - side) / 2), side };
}
