import type { EpochRecord } from '../train/records';
import { epochAxis } from './epoch-axis';
import type { VegaLiteSpec } from './spec';
import { COLOURS, themed, titled } from './theme';

export interface TrainingCurvesOptions {
  /** Default: `"Training"`; name the data set here. */
  readonly title?: string;
}

const WIDTH = 330; // of each panel, in pixels
const HEIGHT = 220;

/**
 * Loss and accuracy by epoch, side by side, of training and, where the records have it, of validation.
 *
 * The epochs planned span the axis from the first record on, so a live plot keeps its size. Values that are not finite are
 * left out; without any accuracy there is only the loss.
 *
 * @param epochs in any number, none included
 */
export function trainingCurves(
  epochs: readonly EpochRecord[],
  { title = 'Training' }: TrainingCurvesOptions = {},
): VegaLiteSpec {
  const values = epochs.flatMap((record) => [
    point(record.epoch, 'training', record.loss, record.accuracy),
    ...(record.valLoss === undefined && record.valAccuracy === undefined
      ? []
      : [point(record.epoch, 'validation', record.valLoss, record.valAccuracy)]),
  ]);
  const last = Math.max(1, ...epochs.map((record) => Math.max(record.epoch, record.epochs)));
  const splits = ['training', ...(values.some(({ split }) => split === 'validation') ? ['validation'] : [])];
  const noAccuracy = values.length > 0 && values.every(({ accuracy }) => accuracy === null);
  const noLoss = values.every(({ loss }) => loss === null);
  const lossScale = noLoss ? { domain: [0, 1] } : { zero: true, nice: true };
  const panels = [panel('loss', 'loss (cross-entropy, nats)', lossScale, last, splits)];
  if (!noAccuracy)
    panels.push(panel('accuracy', 'accuracy (share of images)', { domain: [0, 1] }, last, splits));
  return themed({ title: titled(title), data: { values }, spacing: 36, hconcat: panels });
}

function point(epoch: number, split: string, loss = Number.NaN, accuracy = Number.NaN) {
  return {
    epoch,
    split,
    loss: Number.isFinite(loss) ? loss : null, // null is what JSON makes of NaN
    accuracy: Number.isFinite(accuracy) ? accuracy : null,
  };
}

function panel(
  field: 'loss' | 'accuracy',
  title: string,
  scale: { domain: number[] } | { zero: boolean; nice: boolean },
  last: number,
  splits: readonly string[],
) {
  const share = field === 'accuracy';
  const quantitative = { type: 'quantitative' as const };
  return {
    width: WIDTH,
    height: HEIGHT,
    transform: [{ filter: `isValid(datum.${field})` }],
    mark: { type: 'line' as const, point: true },
    encoding: {
      x: epochAxis(last),
      y: {
        field,
        ...quantitative,
        title,
        axis: { minExtent: 32, ...(share && { format: '.0%' }) }, // as wide as 100%, whatever the loss
        scale,
      },
      color: {
        field: 'split',
        type: 'nominal' as const,
        scale: {
          domain: [...splits],
          range: [COLOURS.training, COLOURS.validation].slice(0, splits.length),
        },
        legend: { title: null, orient: 'top' as const, symbolType: 'circle' },
      },
      tooltip: [
        { field: 'split', type: 'nominal' as const },
        { field: 'epoch', ...quantitative },
        { field, ...quantitative, format: share ? '.1%' : '.4f' },
      ],
    },
  };
}
