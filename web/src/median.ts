/**
 * The middle of some numbers, or the mean of the two in the middle.
 *
 * @throws RangeError for none
 */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('cannot take a median; no numbers: 0');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}
