import { kindOf } from './layer-kind';
import type { LayerNode, ModelGraph } from './model-graph';

/** Which kinds are drawn right below which, when a drawing is folded: what papers count as one layer. */
const FOLLOWS: Readonly<Record<string, readonly string[]>> = {
  'batch norm': ['convolution', 'dense'],
  activation: ['convolution', 'dense', 'batch norm', 'merge'],
};

/**
 * The nodes in stacks that are drawn as one: with `fold`, a convolution with the normalisation and activation that only it
 * feeds; else each node by itself.
 */
export function layerStacks({ nodes, edges }: ModelGraph, fold: boolean): LayerNode[][] {
  const stackOf = new Map<string, LayerNode[]>();
  for (const node of nodes) {
    const [source, ...others] = edges.filter(({ to }) => to === node.id).map(({ from }) => from);
    const above = stackOf.get(source);
    const onlyWay = others.length === 0 && edges.filter(({ from }) => from === source).length === 1;
    const last = above?.[above.length - 1];
    const follows = last && FOLLOWS[kindOf(node.className).name]?.includes(kindOf(last.className).name);
    if (fold && above && onlyWay && follows) {
      above.push(node);
      stackOf.set(node.id, above);
    } else {
      stackOf.set(node.id, [node]);
    }
  }
  return [...new Set(stackOf.values())];
}
