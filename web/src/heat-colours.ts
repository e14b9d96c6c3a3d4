/** Red, green and blue at equal distances from cold to hot: matplotlib's `inferno`, whose lightness grows evenly, also in grey. */
const STOPS = [
  [0, 0, 4],
  [87, 16, 110],
  [188, 55, 84],
  [249, 142, 9],
  [252, 255, 164],
] as const;

/**
 * Heat as colours to lay over a picture: the hotter, the brighter and the less transparent, so that where nothing counts the picture
 * shows through.
 *
 * @param heat 0..1, `[height * width]`
 * @returns 0..255, `[height * width, 4]`: red, green, blue, opacity
 */
export function heatColours(heat: ArrayLike<number>): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(heat.length * 4);
  for (let i = 0; i < heat.length; i++) {
    const value = Math.min(1, Math.max(0, heat[i]));
    const place = value * (STOPS.length - 1);
    const below = Math.min(Math.floor(place), STOPS.length - 2);
    const share = place - below;
    for (let c = 0; c < 3; c++) {
      rgba[i * 4 + c] = (1 - share) * STOPS[below][c] + share * STOPS[below + 1][c];
    }
    rgba[i * 4 + 3] = 255 * value;
  }
  return rgba;
}
