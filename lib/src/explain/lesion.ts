import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { Split } from '../data/split';
import { evaluate } from '../evaluate/evaluate';
import { predict } from '../evaluate/predict';
import { kendallTau, type Lesion } from './lesion-plans';
import { type NetPart, netParts } from './net-parts';
import type { SplitOptions } from './split-function';
import { countUpTo, type Progress } from './time-left';
import { WeightChanges } from './weight-changes';

/** What a net can still do after a lesion. */
export interface LesionRecord extends Lesion, Progress {
  /** 0..1 */
  readonly accuracy: number;
  /** Mean cross-entropy in nats, at most 16.1 an image. */
  readonly loss: number;
  /** How alike the parts' order is to the trained one (Kendall's tau): 1 unless they are swapped. */
  readonly order: number;
}

/**
 * Damages a trained net in one way after the other, and tells how well it still classifies a split (Veit et al. 2016, arXiv 1605.06431,
 * section 4). The first record is that of the whole net. What "removed" means is said in `net-parts.ts`; nothing is built anew, for
 * only weights are changed, and whenever a record comes, or the loop is left, the model has its own again, to the bit.
 *
 * The net runs in inference mode; its batch norms keep the statistics that they learned with all parts in place, as in the paper.
 *
 * @param lesions as {@link eachRemoved}, {@link someRemoved} and {@link someSwapped} plan them
 * @param options.signal stops within a lesion, too
 * @throws RangeError for a part that the net lacks; TypeError for two that cannot be swapped; what `predict` throws
 */
export async function* lesion(
  model: LayersModel,
  split: Split,
  lesions: readonly Lesion[],
  { compile = {}, ...options }: SplitOptions = {},
): AsyncGenerator<LesionRecord, void, undefined> {
  const parts = netParts(model);
  const all = [{ removed: [], swapped: [] }, ...lesions];
  for (const each of all) checkLesion(each, parts);
  const progress = countUpTo(all.length);
  for (const each of all) {
    const predictions = await changesOf(each, parts).during(() =>
      predict(model, split, { compile, ...options }),
    );
    const { accuracy, loss } = evaluate(predictions);
    yield { ...each, accuracy, loss, order: orderAfter(each, parts), ...progress() };
  }
}

function changesOf({ removed, swapped }: Lesion, parts: readonly NetPart[]): WeightChanges {
  const changes = new WeightChanges();
  for (const [one, other] of swapped) {
    changes.exchange(partNamed(one, parts).variables, partNamed(other, parts).variables);
  }
  for (const name of removed) partNamed(name, parts).remove(changes);
  return changes;
}

function orderAfter({ swapped }: Lesion, parts: readonly NetPart[]): number {
  if (swapped.length === 0) return 1;
  const places = parts.map((_, i) => i);
  const placeOf = (name: string) => parts.indexOf(partNamed(name, parts));
  for (const [one, other] of swapped) {
    const [a, b] = [placeOf(one), placeOf(other)];
    [places[a], places[b]] = [places[b], places[a]];
  }
  return kendallTau(places);
}

function checkLesion({ removed, swapped }: Lesion, parts: readonly NetPart[]): void {
  for (const name of removed) partNamed(name, parts);
  for (const [one, other] of swapped) {
    if (partNamed(one, parts).kind === partNamed(other, parts).kind) continue;
    throw new TypeError(
      `cannot swap parts; their weights and maps must have the same shapes: ${one} and ${other}`,
    );
  }
}

function partNamed(name: string, parts: readonly NetPart[]): NetPart {
  const part = parts.find((each) => each.name === name);
  if (part) return part;
  throw new RangeError(
    `unknown part; not in the net: ${name}; it has ${parts.map((each) => each.name).join(', ')}`,
  );
}
