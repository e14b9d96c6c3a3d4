/** Why a cluster cannot begin, or cannot go on. */
export type ClusterFault =
  /** A worker that was there is gone, hung, or cut off. */
  | 'lost'
  /** A worker did not come in time. */
  | 'missing'
  /** The workers run other code, other data or another configuration. */
  | 'disagreement'
  /** A host's name does not resolve, or it is not to be used. */
  | 'address'
  /** The own port is taken, or cannot be listened on. */
  | 'port';

/** What a worker's process ends with, of sysexits.h; a supervisor starts all workers again after `lost` and `missing`. */
export const EXIT_CODES: Readonly<Record<ClusterFault, number>> = {
  lost: 75, // EX_TEMPFAIL
  missing: 69, // EX_UNAVAILABLE
  disagreement: 78, // EX_CONFIG
  address: 68, // EX_NOHOST
  port: 71, // EX_OSERR
};

/** One sentence: what cannot be done, the rule, what is the case, and what to do. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';

  constructor(
    readonly kind: ClusterFault,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** For `process.exit`. */
  get exitCode(): number {
    return EXIT_CODES[this.kind];
  }
}
