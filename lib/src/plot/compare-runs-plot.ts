import { isFinished, type RunGroup } from '../train/run-groups';
import { deviation, mean } from './mean';
import { choosable } from './named-colours';
import type { VegaLiteSpec } from './spec';
import { seriesColour, themed, titled } from './theme';

interface MeanPoint {
  readonly group: string;
  readonly epoch: number;
  readonly mean: number;
  readonly runs: number;
  /** One standard deviation below and above; the mean itself of one run. */
  readonly low: number;
  readonly high: number;
}

const WIDTH = 560; // of the plotting area, in pixels
const HEIGHT = 320;
const MOST_WITH_POINTS = 30; // epochs
const SUBTITLE = 'bands: mean ± one standard deviation of the runs; thin lines: single runs';

/**
 * Validation accuracy by epoch, a colour for every group: the mean of its runs, where there are several with a band of a standard
 * deviation on either side, and each of them as a thin line.
 *
 * The means are of finished runs, or of all that have begun while none is finished, at the epochs that all of these have measured:
 * a line would jump where a run drops out.
 */
export function comparisonPlot(groups: readonly RunGroup[], title: string): VegaLiteSpec {
  const means = groups.flatMap(meansOf);
  const singles = groups.filter(({ runs }) => runs.length > 1).flatMap(singlesOf);
  const last = Math.max(1, ...[...means, ...singles].map(({ epoch }) => epoch));
  const names = groups.map(({ name }) => name);
  const scale = { domain: names, range: names.map((_, i) => seriesColour(i)) };
  const several = means.some(({ runs }) => runs > 1);
  const quantitative = { type: 'quantitative' as const };
  const y = {
    ...quantitative,
    title: 'validation accuracy (share of images)',
    axis: { format: '~%' },
    scale: means.length > 0 ? { zero: false, nice: true } : { domain: [0, 1] },
  };
  const colour = { field: 'group', type: 'nominal' as const, scale };
  const opacity = (whole: number) => choosable('group', names.length, whole).faded;
  const legend = {
    title: null,
    orient: 'top' as const,
    symbolType: 'circle',
    symbolOpacity: 1,
    columns: 1, // names of what differs are long
    labelLimit: WIDTH,
  };
  const band = {
    transform: [{ filter: 'datum.runs > 1' }],
    mark: { type: 'area' as const },
    encoding: {
      opacity: opacity(0.18),
      y: { field: 'low', ...y },
      y2: { field: 'high' },
      color: { ...colour, legend },
    },
  };
  const line = {
    params: choosable('group', names.length).params,
    mark: { type: 'line' as const, point: last <= MOST_WITH_POINTS },
    encoding: {
      opacity: opacity(1),
      y: { field: 'mean', ...y },
      color: { ...colour, legend },
      tooltip: [
        { field: 'group', type: 'nominal' as const },
        { field: 'epoch', ...quantitative },
        { field: 'mean', ...quantitative, title: 'validation accuracy', format: '.2%' },
        { field: 'runs', ...quantitative },
      ],
    },
  };
  const thin = {
    data: { values: singles },
    mark: { type: 'line' as const, strokeWidth: 0.8 },
    encoding: {
      opacity: opacity(0.55),
      y: { field: 'accuracy', ...y },
      detail: { field: 'run', type: 'nominal' as const },
      stroke: { ...colour, legend }, // not color, by which a plot told in words would take all runs of a group for one line
    },
  };
  return themed({
    title: titled(title, several ? SUBTITLE : undefined),
    width: WIDTH,
    height: HEIGHT,
    data: { values: means },
    encoding: {
      x: {
        field: 'epoch',
        ...quantitative,
        title: 'epoch',
        axis: { format: 'd', grid: false, tickMinStep: 1 },
        scale: { domain: last === 1 ? [0, 2] : [1, last], nice: false },
      },
    },
    layer: [...(several ? [band] : []), line, ...(singles.length > 0 ? [thin] : [])],
  });
}

function meansOf({ name: group, runs }: RunGroup): MeanPoint[] {
  const finished = runs.filter(isFinished);
  const curves = (finished.length > 0 ? finished : runs)
    .map((run) => singlesOf({ name: group, runs: [run] }))
    .filter((points) => points.length > 0)
    .map((points) => new Map(points.map(({ epoch, accuracy }) => [epoch, accuracy])));
  return [...(curves[0]?.keys() ?? [])]
    .filter((epoch) => curves.every((curve) => curve.has(epoch)))
    .map((epoch) => {
      const values = curves.map((curve) => curve.get(epoch)!);
      const centre = mean(values);
      const spread = values.length > 1 ? deviation(values) : 0;
      return {
        group,
        epoch,
        mean: centre,
        runs: values.length,
        low: centre - spread,
        high: centre + spread,
      };
    });
}

function singlesOf({ name: group, runs }: Pick<RunGroup, 'name' | 'runs'>) {
  return runs.flatMap((run) =>
    run.epochs.flatMap(({ epoch, valAccuracy = Number.NaN }) =>
      Number.isFinite(valAccuracy) ? [{ group, run: run.name, epoch, accuracy: valAccuracy }] : [],
    ),
  );
}
