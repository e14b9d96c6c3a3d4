/** The JSON lines of a run, one object each. */
import type { Measurement, Median, Report } from './measurement';
import type { Ratio } from './summary';

/** One measuring process. */
export function roundLine({ net, batch, runner }: Measurement, round: number, report: Report): string {
  const { versions: _versions, ...numbers } = report;
  return toLine({ net, batch, runner, ...numbers, round });
}

/** One runner after all rounds. */
export function medianLine({ net, batch, runner, rounds, report }: Median): string {
  const { msPerStep, imagesPerSecond, peakMemoryMB, versions: _versions, ...others } = report;
  return toLine({ net, batch, runner, msPerStep, imagesPerSecond, peakMemoryMB, rounds, ...others });
}

export function ratioLine({ net, batch, ratio, against, runner, of }: Ratio): string {
  return toLine({ net, batch, ratio, against, ...(runner !== against && { runner }), of });
}

/** Measured numbers with four digits, whole numbers whole. */
export function toLine(fields: object): string {
  return JSON.stringify(fields, (_key, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value,
  );
}
