/**
 * The x channel of data with a field `epoch`, marked at integers.
 *
 * @param last the last epoch planned: it spans the axis, so that a plot which grows keeps its size
 */
export function epochAxis(last: number) {
  return {
    field: 'epoch',
    type: 'quantitative' as const,
    title: 'epoch',
    axis: { format: 'd', grid: false, values: integersTo(last) },
    scale: { domain: last === 1 ? [0, 2] : [1, last], nice: false },
  };
}

/** At most eleven epochs to mark: all, or every second, fifth, tenth and so on. */
function integersTo(last: number): number[] {
  const steps = [1, 2, 5].flatMap((digit) => [0, 1, 2, 3, 4, 5].map((power) => digit * 10 ** power));
  const step = steps.sort((a, b) => a - b).find((candidate) => last / candidate <= 10) ?? last;
  const multiples = Array.from({ length: Math.floor(last / step) }, (_, i) => (i + 1) * step);
  return step === 1 ? multiples : [1, ...multiples];
}
