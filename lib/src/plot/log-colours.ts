import { LOW_TO_HIGH } from './theme';

/** A scale for a colour channel: from small to large by equal factors, what lies beyond in the last colour. */
export function logColours(lowest: number, highest: number) {
  const [low, high] = [Math.log10(lowest), Math.log10(highest)];
  const last = LOW_TO_HIGH.length - 1;
  return {
    type: 'log' as const,
    domain: LOW_TO_HIGH.map((_, i) => 10 ** (low + ((high - low) * i) / last)),
    range: [...LOW_TO_HIGH],
    interpolate: 'rgb' as const,
    clamp: true,
  };
}
