/** From bytes and class indices to the numbers a network is fed. */

/** Pixel bytes 0..255 -> float32 0..1 (each divided by 255), of the same length and order. */
export function normalise(bytes: Uint8Array): Float32Array {
  const scaled = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) scaled[i] = bytes[i] / 255;
  return scaled;
}

/**
 * Class indices `[n]` -> rows `[n, classes]` that are 1 at the class and 0 elsewhere, in row-major order.
 *
 * @throws RangeError when `classes` is not a positive integer or a label is not in `[0, classes)`
 */
export function oneHot(labels: ArrayLike<number>, classes: number): Float32Array {
  if (!Number.isInteger(classes) || classes <= 0) {
    throw new RangeError(`invalid classes; not a positive integer: ${classes}`);
  }
  const rows = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new RangeError(`invalid label; not in [0, ${classes}): ${label}`);
    }
    rows[i * classes + label] = 1;
  }
  return rows;
}
