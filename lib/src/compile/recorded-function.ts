import type { Optimizer, Tensor } from '@tensorflow/tfjs-node-gpu';
import { specText, type TensorSpec } from '../tensorflow/dtypes';
import type { GraphSession } from './graph-session';
import { optimised } from './optimise';
import { frozenSettings, fuseOptimizers } from './optimizer-forms';
import { record } from './record';
import type { SessionFunction } from './session-function';

/** A function and its recordings in one session: one for every combination of types and shapes that it was called with. */
export class RecordedFunction {
  readonly #recorded = new Map<
    string,
    { readonly compiled: SessionFunction; readonly settings: Map<Optimizer, string> }
  >();

  /** @param name of the function, for messages */
  constructor(
    readonly fn: (...args: Tensor[]) => unknown,
    readonly session: GraphSession,
    readonly name: string,
  ) {}

  /** The recordings so far, the last one last. */
  get all(): SessionFunction[] {
    return [...this.#recorded.values()].map(({ compiled }) => compiled);
  }

  /**
   * The function for inputs of these types and shapes, recorded at the first call for them, and anew when a setting of an
   * optimizer that the graph holds has changed.
   */
  for(specs: readonly TensorSpec[]): SessionFunction {
    const key = specs.map(specText).join(' ');
    const known = this.#recorded.get(key);
    if (known && [...known.settings].every(([optimizer, text]) => frozenSettings(optimizer) === text)) {
      return known.compiled;
    }
    const recording = optimised(record(this.fn, specs, this.name, fuseOptimizers));
    const compiled = this.session.add(recording);
    const optimizers = [...recording.optimizerSteps.keys()];
    this.#recorded.delete(key);
    this.#recorded.set(key, {
      compiled,
      settings: new Map(optimizers.map((each) => [each, frozenSettings(each)])),
    });
    return compiled;
  }
}
