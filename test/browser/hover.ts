/** Pictures that appear beside the pointer. */
import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';

/** WebGL is slow without a graphics card, so that the event comes from here and not from the pointer. */
export async function hoverOnFirstPoint(figure: Locator): Promise<void> {
  await figure.evaluate((host) => {
    const { data, emit } = host as unknown as { data: object[]; emit(name: string, event: object): void };
    emit.call(host, 'plotly_hover', { points: [{ data: data[0], pointNumber: 0 }] });
  });
}

/** Fails unless the picture is there, and its address is that of a picture. */
export async function isDrawn(picture: Locator): Promise<void> {
  await picture.waitFor();
  const width = await picture.evaluate(async (image: HTMLImageElement) => {
    await image.decode();
    return image.naturalWidth;
  });
  assert.ok(width > 0);
}
