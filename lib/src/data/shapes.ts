/**
 * The ten shapes of the generated set, each a yes-or-no question about a point.
 *
 * A shape lives in a frame of its own: centre (0, 0), everything within the circle of radius 1, y downwards. Only
 * arithmetic and square roots are used, which IEEE 754 rounds alike everywhere; sines and cosines are not.
 */

export type Inside = (x: number, y: number) => boolean;

/** Draws the proportions of one specimen from `random` and returns its inside. */
export type Shape = (random: () => number) => Inside;

const between = (random: () => number, low: number, high: number) => low + random() * (high - low);

const disc: Shape = () => (x, y) => x * x + y * y < 0.81;

const ring: Shape = (random) => {
  const inner = between(random, 0.5, 0.68);
  return (x, y) => {
    const square = x * x + y * y;
    return square < 1 && square > inner * inner;
  };
};

const triangle: Shape = () => (x, y) => y < 0.6 && 1.732 * x - y < 1 && -1.732 * x - y < 1;

/** Directions of the five points of a star, `[cos, sin]` of 72-degree turns from the top. */
const STAR_POINTS = [
  [0, -1],
  [0.95106, -0.30902],
  [0.58779, 0.80902],
  [-0.58779, 0.80902],
  [-0.95106, -0.30902],
] as const;

const star: Shape = (random) => {
  const depth = between(random, 0.38, 0.48);
  const corners: [number, number][] = STAR_POINTS.flatMap(([x, y], i) => {
    const [nextX, nextY] = STAR_POINTS[(i + 1) % 5];
    const notch = depth / 1.61803; // the middle of two neighbouring points lies at cos 36 = 1.61803 / 2
    return [
      [x, y],
      [(x + nextX) * notch, (y + nextY) * notch],
    ] as [number, number][];
  });
  return polygon(corners);
};

const cross: Shape = (random) => {
  const arm = between(random, 0.2, 0.32);
  return (x, y) => {
    const across = Math.abs(x);
    const along = Math.abs(y);
    return (across < arm && along < 1) || (along < arm && across < 1);
  };
};

const crescent: Shape = (random) => {
  const shift = between(random, 0.42, 0.6);
  return (x, y) => {
    const bite = x - shift;
    return x * x + y * y < 1 && bite * bite + y * y > 0.72;
  };
};

/** The sextic heart (x^2 + y^2 - 1)^3 = x^2 y^3, scaled into the circle. */
const heart: Shape = () => (px, py) => {
  const x = 1.25 * px;
  const y = -1.25 * py + 0.1;
  const rim = x * x + y * y - 1;
  return rim * rim * rim < x * x * y * y * y;
};

/** Half circles, centred at 0 above the axis and at half a pitch below it, so that each one starts where the last ended. */
const spiral: Shape = (random) => {
  const pitch = between(random, 0.32, 0.36);
  const halfWidth = 0.27 * pitch;
  return (x, y) => {
    const above = y < 0;
    const dx = above ? x : x - pitch / 2;
    const turn = Math.sqrt(dx * dx + y * y) / pitch - (above ? 0.5 : 1);
    const nearest = Math.max(0, Math.min(above ? 2 : 1, Math.round(turn)));
    return Math.abs(turn - nearest) * pitch < halfWidth;
  };
};

const stripes: Shape = (random) => {
  const bars = Math.round(between(random, 2.5, 4.5));
  return (x, y) => {
    if (Math.abs(x) >= 0.8 || Math.abs(y) >= 0.8) return false;
    return Math.floor(((x + 0.8) / 1.6) * (2 * bars - 1)) % 2 === 0;
  };
};

const checker: Shape = (random) => {
  const cells = random() < 0.5 ? 4 : 5;
  return (x, y) => {
    if (Math.abs(x) >= 0.8 || Math.abs(y) >= 0.8) return false;
    const column = Math.floor(((x + 0.8) / 1.6) * cells);
    const row = Math.floor(((y + 0.8) / 1.6) * cells);
    return (column + row) % 2 === 0;
  };
};

/** By name, in the order of their labels. */
export const SHAPES: readonly (readonly [name: string, shape: Shape])[] = [
  ['disc', disc],
  ['ring', ring],
  ['triangle', triangle],
  ['star', star],
  ['cross', cross],
  ['crescent', crescent],
  ['heart', heart],
  ['spiral', spiral],
  ['stripes', stripes],
  ['checker', checker],
];

/** Even-odd rule. */
function polygon(corners: readonly (readonly [number, number])[]): Inside {
  return (x, y) => {
    let inside = false;
    for (let i = 0, j = corners.length - 1; i < corners.length; j = i++) {
      const [ax, ay] = corners[i];
      const [bx, by] = corners[j];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    }
    return inside;
  };
}
