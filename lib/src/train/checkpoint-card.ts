/** `checkpoint.json`: what a checkpoint says about itself. */

/** Grows when a reader of the former one could not read the new one. */
export const CHECKPOINT_FORMAT = 1;

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** Plain data; a field that is undefined is left out. */
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

export interface CheckpointCard {
  /** Updates done so far. */
  readonly step: number;
  /** The larger the better; NaN is never the best. */
  readonly score?: number;
  /** The caller's. */
  readonly meta: JsonObject;
}

/**
 * The card as JSON. Numbers come back as they were, bit by bit; those that JSON lacks stand as strings, `"NaN"`, `"Infinity"`,
 * `"-Infinity"` and `"-0"`, and a string that reads like one of these gets a `~` in front.
 *
 * @throws TypeError when `meta` holds anything that would not come back, such as a Map; it says where
 */
export function cardToJson({ step, score, meta }: CheckpointCard): string {
  if (!isPlain(meta)) throw new TypeError(`invalid meta; not an object: ${kindOf(meta)}`);
  const card = spelledOut({ format: CHECKPOINT_FORMAT, step, score, meta }, 'checkpoint');
  return `${JSON.stringify(card, null, 2)}\n`;
}

/**
 * Reads what {@link cardToJson} wrote; undefined when the text is another program's. Only `format` can be relied on when it is
 * not {@link CHECKPOINT_FORMAT}.
 */
export function cardFromJson(text: string): ({ readonly format: number } & CheckpointCard) | undefined {
  let card: { format?: unknown; step?: unknown; score?: unknown; meta?: unknown } | null;
  try {
    card = JSON.parse(text, (_key, value) => readBack(value));
  } catch {
    return undefined;
  }
  const { format, step, score, meta } = card ?? {};
  if (!Number.isSafeInteger(format)) return undefined;
  const ours =
    Number.isSafeInteger(step) &&
    (score === undefined || typeof score === 'number') &&
    typeof meta === 'object' &&
    meta !== null;
  if (format === CHECKPOINT_FORMAT && !ours) return undefined;
  return card as { format: number } & CheckpointCard;
}

const SPELLED = /^~*(?:NaN|-?Infinity|-0)$/;

function spelledOut(value: unknown, place: string): unknown {
  if (typeof value === 'number') {
    if (Object.is(value, -0)) return '-0';
    return Number.isFinite(value) ? value : String(value);
  }
  if (typeof value === 'string') return SPELLED.test(value) ? `~${value}` : value;
  if (typeof value === 'boolean' || value === null) return value;
  if (Array.isArray(value)) return Array.from(value, (item, i) => spelledOut(item, `${place}[${i}]`));
  if (!isPlain(value)) throw new TypeError(`invalid ${place}; not plain JSON: ${kindOf(value)}`);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([key, field]) => [key, spelledOut(field, `${place}.${key}`)]));
}

function readBack(value: unknown): unknown {
  if (typeof value !== 'string' || !SPELLED.test(value)) return value;
  return value.startsWith('~') ? value.slice(1) : Number(value);
}

/** An object literal, also one of another realm. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function kindOf(value: unknown): string {
  return typeof value === 'object' ? Object.prototype.toString.call(value) : typeof value;
}
