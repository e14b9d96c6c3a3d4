/** A row of numbers as a row of bars, for terminals. */

const BARS = '▁▂▃▄▅▆▇█';

/**
 * One character a number, its height between the smallest and the largest; NaN and infinities leave a gap.
 *
 * @param width More numbers than this are averaged in groups of neighbours.
 */
export function sparkline(numbers: readonly number[], width = 40): string {
  const shown = numbers.length > width ? averageGroups(numbers, width) : numbers;
  const finite = shown.filter(Number.isFinite);
  const lowest = Math.min(...finite);
  const range = Math.max(...finite) - lowest;
  return shown
    .map((number) => {
      if (!Number.isFinite(number)) return ' ';
      return BARS[range === 0 ? 0 : Math.round(((number - lowest) / range) * (BARS.length - 1))];
    })
    .join('');
}

function averageGroups(numbers: readonly number[], groups: number): number[] {
  return Array.from({ length: groups }, (_, group) => {
    const start = Math.floor((group * numbers.length) / groups);
    const end = Math.floor(((group + 1) * numbers.length) / groups);
    const finite = numbers.slice(start, end).filter(Number.isFinite);
    return finite.reduce((sum, number) => sum + number, 0) / finite.length; // NaN where nothing is finite: a gap
  });
}
