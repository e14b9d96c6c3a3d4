import type { Evaluation } from '../evaluate/evaluate';
import { horizontalBars } from './bars';
import type { VegaLiteSpec } from './spec';
import { COLOURS } from './theme';

export interface PerClassBarsOptions {
  /** Default: names the split. */
  readonly title?: string;
}

/** Precision and recall of each class, in the order of the classes. */
export function perClassBars(
  { perClass, splitName }: Pick<Evaluation, 'perClass' | 'splitName'>,
  { title = `Precision and recall on ${splitName}` }: PerClassBarsOptions = {},
): VegaLiteSpec {
  const bars = perClass.flatMap(({ className: name, precision, recall, f1, images }) => {
    const details = { F1: f1.toFixed(3), images };
    return [
      { name, value: precision, group: 'precision', details },
      { name, value: recall, group: 'recall', details },
    ];
  });
  return horizontalBars(bars, {
    title,
    subtitle:
      'precision: of the images called so, the share that are; recall: of the images that are, the share called so',
    nameTitle: 'class',
    valueTitle: 'share of images',
    format: '.0%',
    domain: [0, 1],
    groups: [
      { name: 'precision', colour: COLOURS.first },
      { name: 'recall', colour: COLOURS.second },
    ],
    sideBySide: true,
  });
}
