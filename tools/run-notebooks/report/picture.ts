/** Pictures as image elements: drawings keep their ids, which may be the same in several, to themselves. */
import { escapeHtml } from '../../../lib/src/notebook/fragment';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** @param alternative what the picture says, in words; its first line is kept */
export function svgPicture(svg: string, alternative: string): string {
  // A third shorter than base64: only what means something in an address or an attribute is replaced.
  const text = svg.replace(/[%#'&\t\n\r]/g, (sign) => `%${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return image(`data:image/svg+xml,${text}`, alternative, svgSize(svg));
}

/** @param base64 of a PNG, JPEG or GIF */
export function bitmapPicture(type: string, base64: string, alternative: string): string {
  return image(
    `data:${type};base64,${base64}`,
    alternative,
    type === 'image/png' ? pngSize(base64) : undefined,
  );
}

/** With its size known before it is decoded, the text below does not jump, and it need not be decoded before it is near. */
function image(source: string, alternative: string, size: Size | undefined): string {
  const alt = escapeHtml(alternative.split('\n')[0]);
  const sized = size ? ` width="${size.width}" height="${size.height}" loading="lazy"` : '';
  return `<img alt="${alt}"${sized} src='${source}'>`;
}

function svgSize(svg: string): Size | undefined {
  const root = /<svg\b[^>]*>/i.exec(svg)?.[0] ?? '';
  const pixels = (name: string) =>
    Math.round(Number(new RegExp(`\\s${name}=["']([\\d.]+)(?:px)?["']`).exec(root)?.[1]));
  const [width, height] = [pixels('width'), pixels('height')];
  return width > 0 && height > 0 ? { width, height } : undefined;
}

/** A PNG's size stands at its bytes 16 to 23 (PNG specification, 11.2.2 IHDR). */
function pngSize(base64: string): Size | undefined {
  const head = Buffer.from(base64.slice(0, 32), 'base64');
  return head.length === 24 ? { width: head.readUInt32BE(16), height: head.readUInt32BE(20) } : undefined;
}
