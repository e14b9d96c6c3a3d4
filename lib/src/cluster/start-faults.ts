/** Why a meeting cannot begin, in sentences. */
import type { Address } from './addresses';
import { ClusterError } from './cluster-error';
import { nameOf } from './messages';

export function disagreement(complaint: string): ClusterError {
  const remedy = 'start the same program with the same hosts on all of them, each with its own index';
  return new ClusterError('disagreement', `cannot train in a cluster; ${complaint}; ${remedy}`);
}

/** Somebody else listens at the `host:port` of worker 0. */
export function wrongPlace(index: number, host: string): ClusterError {
  return disagreement(`worker ${index} answers where worker 0 (${host}) should be`);
}

/** @param names of workers that did not come */
export function missing(names: readonly string[], startSeconds: number): ClusterError {
  const [were, them, their] =
    names.length === 1 ? ['was', 'it', 'its port is'] : ['were', 'them', 'their ports are'];
  return new ClusterError(
    'missing',
    `cannot train in a cluster; ${names.join(', ')} ${were} not there within ${startSeconds} s; ` +
      `start ${them}, or look whether ${their} open`,
  );
}

/** @param cause why the name of a worker's host means nothing */
export function notFound(
  addresses: readonly Address[],
  index: number,
  startSeconds: number,
  cause: Error,
): ClusterError {
  return new ClusterError(
    'address',
    `cannot train in a cluster; ${nameOf(addresses, index)} was not found within ${startSeconds} s: ${cause.message}; ` +
      'look for a slip in its spelling, or use its IP address',
    { cause },
  );
}
