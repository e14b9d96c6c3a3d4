import type { TensorSpec } from '../tensorflow/dtypes';
import { type GraphNode, type Ref, splitRef } from './graph';

/** Rewrites one node, given the nodes before it as they are by then. Undefined: the rule does not apply. */
export type Rule = (node: GraphNode, source: Source, users: Users) => Rewritten | undefined;

/** The node that an edge comes from. */
export type Source = (ref: Ref) => GraphNode;

/** How many nodes and results take what an edge carries. */
export type Users = (ref: Ref) => number;

/** Another operation under the node's name, with nodes that it needs before it; or an earlier output that takes its place. */
export type Rewritten =
  | { readonly node: Partial<GraphNode>; readonly before?: readonly GraphNode[] }
  | { readonly sameAs: Ref };

/** Type and shape of what an edge carries. */
export function specOf(ref: Ref, source: Source): TensorSpec {
  return source(ref).outputs[splitRef(ref).index];
}
