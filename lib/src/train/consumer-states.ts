/** What consumers remember, as plain data and tensors: for checkpoints, and for the other workers of a cluster. */
import type { Cluster } from '../cluster/cluster';
import type { JsonObject, JsonValue } from './checkpoint-card';
import type { Consumer, ConsumerState } from './consumer';
import { pack, unpack } from './packed';
import type { TensorCopy } from './weight-copy';

/** By the consumers' names. */
export type ConsumerStates = ReadonlyMap<string, ConsumerState>;

export function statesOf(consumers: readonly Consumer[]): ConsumerStates {
  return new Map(consumers.flatMap((each) => (each.save ? [[each.name, each.save()] as const] : [])));
}

export function restoreStates(consumers: readonly Consumer[], states: ConsumerStates): void {
  for (const consumer of consumers) {
    const state = states.get(consumer.name);
    if (state) consumer.restore?.(state);
  }
}

const PREFIX = 'consumers/';

/** A consumer's values are in a list, its tensors under its place in that list: its name may be any text. */
export function stored(states: ConsumerStates): { values: JsonValue[]; tensors: Map<string, TensorCopy> } {
  const tensors = new Map<string, TensorCopy>();
  const values = [...states].map(([name, { values, tensors: own }], i) => {
    for (const [key, tensor] of own ?? []) tensors.set(`${PREFIX}${i}/${key}`, tensor);
    return { name, values };
  });
  return { values, tensors };
}

/** The states that {@link stored} made; `tensors` may hold others, too. */
export function statesFrom(values: JsonValue, tensors: ReadonlyMap<string, TensorCopy>): ConsumerStates {
  const list = values as readonly { readonly name: string; readonly values: JsonObject }[];
  const under = (prefix: string) =>
    [...tensors].flatMap(([key, tensor]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), tensor] as const] : [],
    );
  return new Map(
    list.map(({ name, values }, i) => [name, { values, tensors: new Map(under(`${PREFIX}${i}/`)) }] as const),
  );
}

/** Whether a tensor of that name is a consumer's. */
export function isConsumers(name: string): boolean {
  return name.startsWith(PREFIX);
}

/** Gives the consumers of all workers what worker 0's remember: after that they see the same records, and decide alike. */
export async function shareStates(cluster: Cluster, consumers: readonly Consumer[]): Promise<void> {
  const { values, tensors } = stored(statesOf(consumers));
  const bytes = cluster.index === 0 ? pack({ meta: { consumers: values }, tensors }) : undefined;
  const shared = unpack(await cluster.broadcast('what consumers remember', bytes));
  if (cluster.index > 0) restoreStates(consumers, statesFrom(shared.meta.consumers!, shared.tensors));
}
