/** A small picture in floating point: colours 0..255 that regions are blended into, edges smoothed by 3x3 samples a pixel. */
import type { Inside } from './shapes';

export type Colour = readonly [red: number, green: number, blue: number];

/** Part of the picture, in pixels. */
export interface Region {
  readonly x: number;
  readonly y: number;
  /** Nothing lies further than this from (x, y). */
  readonly reach: number;
  readonly inside: Inside;
}

/** A colour that gets lighter across the picture. */
export interface Paint {
  readonly colour: Colour;
  /** Added to every channel per pixel to the right. */
  readonly slopeX: number;
  /** Added to every channel per pixel downwards. */
  readonly slopeY: number;
  /** 0 (invisible) to 1. */
  readonly opacity: number;
}

export class Canvas {
  /** `[side, side, 3]` */
  readonly pixels: Float64Array;

  constructor(readonly side: number) {
    this.pixels = new Float64Array(side * side * 3);
  }

  /** Blends `paint` into every pixel by the share of it that lies inside `region`. */
  fill(region: Region, paint: Paint): void {
    const { x, y, reach } = region;
    const left = Math.max(0, Math.floor(x - reach));
    const right = Math.min(this.side, Math.ceil(x + reach) + 1);
    const top = Math.max(0, Math.floor(y - reach));
    const bottom = Math.min(this.side, Math.ceil(y + reach) + 1);
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) {
        const share = coverage(region.inside, column, row) * paint.opacity;
        if (share === 0) continue;
        const lift = (column - x) * paint.slopeX + (row - y) * paint.slopeY;
        const at = (row * this.side + column) * 3;
        for (let c = 0; c < 3; c++) {
          this.pixels[at + c] += share * (paint.colour[c] + lift - this.pixels[at + c]);
        }
      }
    }
  }

  /** Rounds to bytes, clipped to 0..255, into `to` from `at` on. */
  writeBytes(to: Uint8Array, at: number): void {
    for (let i = 0; i < this.pixels.length; i++) {
      to[at + i] = Math.min(255, Math.max(0, Math.floor(this.pixels[i] + 0.5)));
    }
  }
}

/**
 * Which share of a pixel lies inside, in ninths. Where the four outer samples agree, so do the others: nothing drawn here
 * is thinner than the two thirds of a pixel between them.
 */
function coverage(inside: Inside, column: number, row: number): number {
  const corners =
    sample(inside, column, row, 0, 0) +
    sample(inside, column, row, 2, 0) +
    sample(inside, column, row, 0, 2) +
    sample(inside, column, row, 2, 2);
  if (corners === 0 || corners === 4) return corners / 4;
  const others =
    sample(inside, column, row, 1, 0) +
    sample(inside, column, row, 0, 1) +
    sample(inside, column, row, 1, 1) +
    sample(inside, column, row, 2, 1) +
    sample(inside, column, row, 1, 2);
  return (corners + others) / 9;
}

function sample(inside: Inside, column: number, row: number, i: number, j: number): number {
  return inside(column + (i + 0.5) / 3, row + (j + 0.5) / 3) ? 1 : 0;
}
