/** Colours for numbers whose sign matters: blue below 0, white at 0, orange above; told apart by every common kind of colour blindness. */

/** RGB bytes; the ends are about as dark as each other, so that equal sizes look equally strong. */
const NEGATIVE = [33, 92, 168];
const ZERO = [250, 250, 250];
const POSITIVE = [200, 82, 10];

/** @param share of the largest size, -1..1; what lies outside gets the colour of the end, and what is no number that of 0 */
export function signedColour(share: number): [red: number, green: number, blue: number] {
  const end = share < 0 ? NEGATIVE : POSITIVE;
  const size = Number.isNaN(share) ? 0 : Math.min(Math.abs(share), 1);
  const between = (c: number) => Math.round(ZERO[c] + size * (end[c] - ZERO[c]));
  return [between(0), between(1), between(2)];
}
