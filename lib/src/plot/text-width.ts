/** How wide a text will be drawn, estimated without a canvas. */

/** Helvetica's advance widths for the characters from space to tilde, in 1/1000 of the font size (Adobe's AFM file). */
const WIDTHS = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
  556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
  500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
  556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
  278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

const FIRST = ' '.charCodeAt(0);
const OTHER = 600; // accented letters and signs
const BOLD = 1.07; // Helvetica Bold against Helvetica, over English text

/**
 * The width in pixels of `text` in Helvetica, Arial or Liberation Sans, which share their widths.
 *
 * @param fontSize in pixels
 */
export function textWidth(text: string, fontSize: number, weight: 'normal' | 'bold' = 'normal'): number {
  let thousandths = 0;
  for (const character of text) thousandths += WIDTHS[character.charCodeAt(0) - FIRST] ?? OTHER;
  return (thousandths / 1000) * fontSize * (weight === 'bold' ? BOLD : 1);
}
