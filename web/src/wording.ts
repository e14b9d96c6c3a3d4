/** Numbers as the page shows them. */

/** 0.934 -> `93.4 %`, with a space that does not break; what is less than a thousandth and not 0: `< 0.1 %`. */
export function percent(share: number): string {
  if (share > 0 && share < 0.001) return '<\u00a00.1\u00a0%';
  return `${(100 * share).toFixed(1)}\u00a0%`;
}

/** To a tenth, which is as fine as browsers measure: 0.8, 83.6, and 412. */
export function milliseconds(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0);
}

/** `a cat`, `an airplane`. */
export function withArticle(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`;
}
