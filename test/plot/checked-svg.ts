import assert from 'node:assert/strict';
import { compile } from 'vega-lite';
import type { VegaLiteSpec } from '../../lib/src/plot/spec';
import { toSvg } from '../../lib/src/plot/to-svg';

/** Draws a spec after what holds for every one: plain JSON, no warning, sizes in pixels, fields that the data have. */
export async function checkedSvg(spec: VegaLiteSpec): Promise<string> {
  assert.deepEqual(JSON.parse(JSON.stringify(spec)), spec, 'a spec is plain JSON');
  const warnings: unknown[] = [];
  const logger = {
    level: () => logger,
    error: (...messages: unknown[]) => keep(messages),
    warn: (...messages: unknown[]) => keep(messages),
    info: () => logger,
    debug: () => logger,
  };
  const keep = (messages: unknown[]) => {
    warnings.push(...messages);
    return logger;
  };
  compile(structuredClone(spec), { logger: logger as never });
  checkView(spec as View, {});
  const warn = console.warn;
  console.warn = (...messages: unknown[]) => warnings.push(...messages);
  try {
    return await toSvg(spec);
  } finally {
    console.warn = warn;
    assert.deepEqual(warnings, []);
  }
}

/** The rows of a spec's data. */
export function rowsOf(spec: VegaLiteSpec): readonly Readonly<Record<string, unknown>>[] {
  return (spec as View).data?.values ?? [];
}

/** The text of every `<text>` in an SVG. */
export function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]);
}

export function count(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}

interface View {
  readonly data?: { readonly values?: readonly Readonly<Record<string, unknown>>[] };
  readonly encoding?: Readonly<Record<string, unknown>>;
  readonly width?: unknown;
  readonly height?: unknown;
  readonly mark?: unknown;
  readonly layer?: readonly View[];
  readonly hconcat?: readonly View[];
}

function checkView(view: View, around: View): void {
  const merged = {
    data: view.data ?? around.data,
    width: view.width ?? around.width,
    height: view.height ?? around.height,
  };
  for (const part of [...(view.layer ?? []), ...(view.hconcat ?? [])]) checkView(part, merged);
  if (view.mark) {
    assert.equal(typeof merged.width, 'number', 'a width in pixels');
    assert.equal(typeof merged.height, 'number', 'a height in pixels');
  }
  const [row] = merged.data?.values ?? [];
  for (const channel of Object.values(view.encoding ?? {}).flat()) {
    const { field } = channel as { field?: string };
    if (field !== undefined && row) assert.ok(field in row, `no field "${field}" in the data`);
  }
}
