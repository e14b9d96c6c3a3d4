/** Small images in a grid of fixed cells, each with up to two lines below it. */
import { IMAGE_NUMBER } from './hover-picture';
import { type Pixels, pngUrl } from './png';
import type { VegaLiteSpec } from './spec';
import { textWidth } from './text-width';
import { COLOURS, themed, titled } from './theme';

/** One image and what is said about it. */
export interface Tile {
  readonly pixels: Pixels;
  /** First line below the image. */
  readonly caption?: string;
  /** Second line, in grey. */
  readonly note?: string;
  /** Colours frame and caption. */
  readonly verdict?: 'right' | 'wrong';
  /** Shown on hover, by heading; the same headings in every tile. */
  readonly details: Readonly<Record<string, string | number>>;
}

export interface TileOptions {
  readonly columns: number;
  /** Screen pixels per image pixel, a positive integer. */
  readonly scale: number;
  readonly title: string;
  readonly subtitle?: string;
}

const GAP = 12; // between cells, in pixels as all sizes here
const FRAME = 3; // from an image to the outer edge of its frame
const LINE_HEIGHT = 14;
const CAPTION_SIZE = 11;
const NOTE_SIZE = 10;

/**
 * Image marks with PNG files inside, in rows of `columns`. An image smaller than the first lies in the middle of its cell.
 *
 * @throws RangeError when there is no tile, or `columns` or `scale` is not a positive integer
 */
export function tileGrid(
  tiles: readonly Tile[],
  { columns, scale, title, subtitle }: TileOptions,
): VegaLiteSpec {
  if (tiles.length === 0) throw new RangeError(`cannot draw "${title}"; at least one image is needed: 0`);
  if (!Number.isInteger(columns) || columns < 1) {
    throw new RangeError(`invalid columns; not a positive integer: ${columns}`);
  }
  const image = { width: tiles[0].pixels.width * scale, height: tiles[0].pixels.height * scale };
  const lines = tiles.some(({ note }) => note) ? 2 : tiles.some(({ caption }) => caption) ? 1 : 0;
  const judged = tiles.some(({ verdict }) => verdict);
  const cell = {
    width: Math.max(image.width + 2 * FRAME, ...tiles.map(captionWidth)) + GAP,
    height: image.height + 2 * FRAME + lines * LINE_HEIGHT + GAP,
  };
  const values = tiles.map((tile, i) => {
    const [width, height] = [tile.pixels.width * scale, tile.pixels.height * scale];
    const left = (i % columns) * cell.width + Math.round((cell.width - width) / 2);
    const top = Math.floor(i / columns) * cell.height + FRAME + Math.round((image.height - height) / 2);
    return {
      left,
      top,
      width,
      height,
      middle: left + width / 2,
      textTop: (Math.floor(i / columns) + 1) * cell.height - GAP - lines * LINE_HEIGHT,
      frameLeft: left - FRAME,
      frameTop: top - FRAME,
      frameRight: left + width + FRAME,
      frameBottom: top + height + FRAME,
      url: pngUrl(tile.pixels, scale),
      caption: tile.caption ?? '',
      note: tile.note ?? '',
      label: [tile.caption, tile.note].filter(Boolean).join(', '),
      ...(tile.verdict && { verdict: tile.verdict }),
      ...tile.details,
    };
  });
  const tooltip = Object.keys(tiles[0].details).map((field) => ({
    ...{ field, type: 'nominal' as const },
    title: field === 'image' ? IMAGE_NUMBER : field,
  }));
  return themed({
    title: titled(title, subtitle),
    width: Math.min(columns, tiles.length) * cell.width,
    height: Math.ceil(tiles.length / columns) * cell.height - GAP,
    data: { values },
    layer: [
      ...(judged ? [frames()] : []),
      {
        mark: {
          type: 'image' as const,
          width: { expr: 'datum.width' },
          height: { expr: 'datum.height' },
          align: 'left' as const,
          baseline: 'top' as const,
        },
        encoding: {
          ...place('left', 'top'),
          url: { field: 'url', type: 'nominal' as const },
          description: { field: 'label', type: 'nominal' as const }, // else the file's text again, for screen readers
          tooltip,
        },
      },
      ...(lines > 0 ? [captions(judged)] : []),
      ...(lines > 1 ? [notes()] : []),
    ],
  });
}

function captionWidth({ caption = '', note = '' }: Tile): number {
  return Math.ceil(Math.max(textWidth(caption, CAPTION_SIZE, 'bold'), textWidth(note, NOTE_SIZE)));
}

/** The fields hold screen pixels; a null scale leaves them as they are. */
function place(x: string, y: string) {
  const inPixels = { type: 'quantitative' as const, scale: null, axis: null };
  return { x: { field: x, ...inPixels }, y: { field: y, ...inPixels } };
}

const VERDICT_COLOUR = {
  field: 'verdict',
  type: 'nominal' as const,
  scale: { domain: ['right', 'wrong'], range: [COLOURS.right, COLOURS.wrong] },
  legend: { title: null, orient: 'top' as const, direction: 'horizontal' as const, symbolType: 'square' },
};

function frames() {
  return {
    mark: { type: 'rect' as const, cornerRadius: 2 },
    encoding: {
      ...place('frameLeft', 'frameTop'),
      x2: { field: 'frameRight' },
      y2: { field: 'frameBottom' },
      color: VERDICT_COLOUR,
    },
  };
}

function captions(judged: boolean) {
  return {
    mark: {
      type: 'text' as const,
      dy: LINE_HEIGHT - 2,
      baseline: 'alphabetic' as const,
      fontSize: CAPTION_SIZE,
      fontWeight: judged ? ('bold' as const) : ('normal' as const),
    },
    encoding: {
      ...place('middle', 'textTop'),
      text: { field: 'caption', type: 'nominal' as const },
      ...(judged && { color: VERDICT_COLOUR }),
    },
  };
}

function notes() {
  return {
    mark: {
      type: 'text' as const,
      dy: 2 * LINE_HEIGHT - 2,
      baseline: 'alphabetic' as const,
      fontSize: NOTE_SIZE,
      color: COLOURS.quietText,
    },
    encoding: { ...place('middle', 'textTop'), text: { field: 'note', type: 'nominal' as const } },
  };
}
