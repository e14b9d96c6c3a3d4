/** What the ways to name a cluster in the environment have in common. */
import { shown } from '../model/check-arguments';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A cluster as the environment names it. */
export interface NamedCluster {
  /** `host:port` of every worker, by index. */
  readonly hosts: readonly string[];
  /** This worker's own. */
  readonly index: number;
  /** The variable that the hosts are from, for messages. */
  readonly from: string;
}

/**
 * The whole number in [`least`, `end`) that a variable holds.
 *
 * @throws RangeError that names the variable
 */
export function wholeNumber(
  env: Environment,
  name: string,
  least: number,
  end = Number.POSITIVE_INFINITY,
): number {
  const text = env[name] || undefined;
  const value = /^\d+$/.test(text ?? '') ? Number(text) : Number.NaN;
  if (value >= least && value < end) return value;
  const range = end === Number.POSITIVE_INFINITY ? `of at least ${least}` : `in [${least}, ${end})`;
  throw new RangeError(`invalid ${name}; not an integer ${range}: ${shown(text)}`);
}
