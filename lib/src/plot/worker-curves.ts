import type { EpochRecord } from '../train/records';
import { epochAxis } from './epoch-axis';
import { choosable, namedColours } from './named-colours';
import type { VegaLiteSpec } from './spec';
import { themed, titled } from './theme';

export interface WorkerCurvesOptions {
  /** Default: `"Workers"`; name the training here. */
  readonly title?: string;
}

const WIDTH = 330; // of each panel, in pixels, as of the training curves
const HEIGHT = 220;
const SUBTITLE = 'a worker that waits little while the others wait much is the slow one';

/** Of the two panels. */
const MEASURES = {
  waited: {
    title: 'waited (share of the time)',
    axis: { format: '.0%' },
    scale: { domain: [0, 1] },
    format: '.1%',
  },
  imagesPerSecond: {
    title: 'images per second',
    axis: { format: ',~r' },
    scale: { zero: true, nice: true },
    format: ',.1f',
  },
};

/**
 * The share of the time that each worker of a cluster waited, and its images per second, by epoch, side by side. Where it is alive, a
 * click in the legend chooses workers.
 *
 * A worker that waits little while the others wait much is the slow one: they wait for it. When all wait much, it is mostly for the network.
 * The images per second hardly differ, since all take equally many in the same steps, at the pace of the slowest: they tell when all
 * became slower.
 *
 * @param epochs as `fit` returns them or `loadRuns` reads them; those without workers are left out, and the epochs planned span the axis
 * @throws RangeError when no record has workers, as without a cluster
 */
export function workerCurves(
  epochs: readonly EpochRecord[],
  { title = 'Workers' }: WorkerCurvesOptions = {},
): VegaLiteSpec {
  const values = epochs.flatMap(({ epoch, workers = [] }) =>
    workers.map(({ imagesPerSecond, waited }, i) => ({
      name: `worker ${i}`,
      epoch,
      waited,
      imagesPerSecond,
    })),
  );
  if (values.length === 0) {
    const count = `${epochs.length} ${epochs.length === 1 ? 'record' : 'records'}`;
    throw new RangeError(
      `cannot draw "${title}"; no epoch's record has workers: ${count}; train in a cluster`,
    );
  }
  const last = Math.max(...epochs.map((record) => Math.max(record.epoch, record.epochs)));
  const names = [...new Set(values.map(({ name }) => name))];
  const { params, faded } = choosable('name', names.length);
  const panel = (field: keyof typeof MEASURES) => {
    const { title: measure, axis, scale, format } = MEASURES[field];
    const quantitative = { type: 'quantitative' as const };
    return {
      width: WIDTH,
      height: HEIGHT,
      mark: { type: 'line' as const, point: true },
      encoding: {
        x: epochAxis(last),
        y: { field, ...quantitative, title: measure, axis: { minExtent: 32, ...axis }, scale },
        color: namedColours(names, { columns: 6 }),
        opacity: faded,
        tooltip: [
          { field: 'name', type: 'nominal' as const, title: 'worker' },
          { field: 'epoch', ...quantitative },
          { field, ...quantitative, title: measure, format },
        ],
      },
    };
  };
  return themed({
    title: titled(title, SUBTITLE),
    data: { values },
    spacing: 36,
    hconcat: [{ params, ...panel('waited') }, panel('imagesPerSecond')],
  });
}
