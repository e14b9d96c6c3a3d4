import type { Grid } from './surface-grid';

/** A piece of a contour line, straight within one cell of the grid. */
export interface ContourSegment {
  readonly x: number;
  readonly y: number;
  readonly x2: number;
  readonly y2: number;
}

interface Corner {
  readonly x: number;
  readonly y: number;
  readonly value: number;
}

/**
 * Where the values of a grid pass a level: marching squares, with linear interpolation along the sides of each cell. Cells without
 * four values have none. (Vega-Lite has no contours, and d3-contour comes as an ES module only, which the oldest Node 20 cannot
 * require.)
 */
export function contourLines({ xs, ys, values }: Grid, level: number): ContourSegment[] {
  const segments: ContourSegment[] = [];
  for (let row = 0; row + 1 < ys.length; row++) {
    for (let column = 0; column + 1 < xs.length; column++) {
      const around = [
        [0, 0],
        [0, 1],
        [1, 1],
        [1, 0],
      ].map(([up, right]) => {
        const [i, j] = [row + up, column + right];
        return { x: xs[j], y: ys[i], value: values[i][j] };
      });
      if (around.every((corner): corner is Corner => corner.value !== undefined))
        segments.push(...throughCell(around, level));
    }
  }
  return segments;
}

/** @param corners in the order of a walk around the cell */
function throughCell(corners: readonly Corner[], level: number): ContourSegment[] {
  const isBelow = corners.map(({ value }) => value < level);
  const crossings = corners.flatMap((from, i) => {
    const to = corners[(i + 1) % 4];
    if (isBelow[i] === isBelow[(i + 1) % 4]) return [];
    const share = (level - from.value) / (to.value - from.value);
    return { x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y) };
  });
  if (crossings.length < 2) return [];
  if (crossings.length === 2) return [segment(crossings[0], crossings[1])];
  // A saddle: opposite corners are alike. The middle decides which pair of them is connected through it.
  const middle = corners.reduce((sum, { value }) => sum + value, 0) / 4;
  const [side0, side1, side2, side3] = crossings;
  return middle < level === isBelow[0]
    ? [segment(side0, side1), segment(side2, side3)] // around corners 1 and 3
    : [segment(side3, side0), segment(side1, side2)]; // around corners 0 and 2
}

function segment(from: { x: number; y: number }, to: { x: number; y: number }): ContourSegment {
  return { x: from.x, y: from.y, x2: to.x, y2: to.y };
}
