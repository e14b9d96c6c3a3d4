import assert from 'node:assert/strict';
import type { ClusterFault } from '../../lib/src/cluster/cluster-error';

/** Every promise is rejected with the same kind and sentence. */
export async function allReject(
  promises: Promise<unknown>[],
  kind: ClusterFault,
  message: string,
): Promise<void> {
  const expected = { name: 'ClusterError', kind, message };
  await Promise.all(promises.map((promise) => assert.rejects(promise, expected)));
}
