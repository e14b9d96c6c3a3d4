import zlib from 'node:zlib';
import type { Locator, Page } from 'playwright-core';

const CORNER = 8; // pixels, beside whatever is drawn

/** Red, green and blue near the left upper corner of what is shown there. */
export async function pixelOf(page: Page, shown: Locator): Promise<number[]> {
  const { x, y } = (await shown.boundingBox())!;
  const clip = { x: Math.ceil(x) + CORNER, y: Math.ceil(y) + CORNER, width: 1, height: 1 };
  return onlyPixel(await page.screenshot({ clip }));
}

/** Of a PNG of one pixel: before it there is none that its bytes could be differences to. */
function onlyPixel(png: Buffer): number[] {
  const data: Buffer[] = [];
  for (let at = 8; at < png.length; at += png.readUInt32BE(at) + 12) {
    const content = at + 8;
    if (png.toString('latin1', at + 4, content) === 'IDAT')
      data.push(png.subarray(content, content + png.readUInt32BE(at)));
  }
  const [, ...pixel] = zlib.inflateSync(Buffer.concat(data)); // after the row's filter
  return pixel.slice(0, 3);
}
