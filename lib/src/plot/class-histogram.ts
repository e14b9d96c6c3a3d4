import type { Split } from '../data/split';
import { classCounts } from '../data/take';
import { horizontalBars } from './bars';
import type { VegaLiteSpec } from './spec';
import { seriesColour } from './theme';

export interface ClassHistogramOptions {
  /** Default: the names of the splits. */
  readonly title?: string;
}

/**
 * Images of each class, in the order of the classes; several splits stand one below the other.
 *
 * @throws RangeError when there is no split
 * @throws TypeError when the splits have different classes
 */
export function classHistogram(
  splits: Split | readonly Split[],
  { title }: ClassHistogramOptions = {},
): VegaLiteSpec {
  const list = [splits].flat() as Split[];
  if (list.length === 0)
    throw new RangeError('cannot draw a class histogram; at least one split is needed: 0');
  const { classNames } = list[0];
  const foreign = list.find((split) => split.classNames.join('\n') !== classNames.join('\n'));
  if (foreign) {
    throw new TypeError(
      `cannot draw one class histogram; all splits need the same classes: ${list[0].name} and ${foreign.name} differ`,
    );
  }
  const bars = list.flatMap((split) => {
    const counts = classCounts(split);
    return classNames.map((name, k) => ({ name, value: counts[k], group: split.name }));
  });
  return horizontalBars(bars, {
    title: title ?? `Images by class: ${list.map(({ name }) => name).join(', ')}`,
    nameTitle: 'class',
    valueTitle: 'images',
    format: ',d',
    groups: list.map(({ name }, i) => ({ name, colour: seriesColour(i) })),
    sideBySide: list.length > 1,
  });
}
