import { type Address, formatAddress } from './addresses';
import { ClusterError, type ClusterFault } from './cluster-error';
import type { Door } from './door';
import { nameOf } from './messages';
import { probe, type Unreached } from './reach';

/** An address that a worker did not get through to. */
export interface Unreachable {
  /** Whose address it is. */
  readonly index: number;
  readonly kind: ClusterFault;
  /** In words that stand between the names of the two. */
  readonly how: string;
  readonly why?: string;
}

/**
 * Knocks at the address of every other worker: TensorFlow connects each of them to each, and waits for ever if that cannot be.
 * All of them are known to listen; what does not work within `seconds` never will.
 */
export async function probeAll(
  addresses: readonly Address[],
  door: Door,
  seconds: number,
): Promise<Unreachable[]> {
  const until = performance.now() + seconds * 1000;

  async function knock(address: Address, index: number): Promise<Unreachable | undefined> {
    if (index === door.self.index) return undefined;
    try {
      const there = await probe(address, door.self, { until });
      if (there.index === index) return undefined;
      return { index, kind: 'disagreement', how: `finds worker ${there.index} at the address of` };
    } catch (error) {
      const { message, isUnknown } = error as Unreached;
      return { index, kind: isUnknown ? 'address' : 'missing', how: 'cannot reach', why: message };
    }
  }

  const found = await Promise.all(addresses.map(knock));
  return found.filter((unreachable) => unreachable !== undefined);
}

/**
 * What is wrong between the workers, in one sentence; undefined if all reach all.
 *
 * @param reports what each worker did not reach, in their order
 */
export function complaintOf(
  addresses: readonly Address[],
  reports: readonly (readonly Unreachable[])[],
): ClusterError | undefined {
  const from = reports.findIndex((report) => report.length > 0);
  if (from === -1) return undefined;
  const [{ index, kind, how, why }] = reports[from];
  const more = reports.flat().length - 1;
  return new ClusterError(
    kind,
    `cannot train in a cluster; ${nameOf(addresses, from)} ${how} ${nameOf(addresses, index)}` +
      `${why ? `: ${why}` : ''}${more > 0 ? ` (and ${more} more like this)` : ''}; every worker has to reach every other one; ` +
      `look at firewalls, and at what ${formatAddress(addresses[index])} means to worker ${from}`,
  );
}
