import type { Optimizer, Tensor } from '@tensorflow/tfjs-node-gpu';
import { specText, type TensorSpec } from '../tensorflow/dtypes';
import type { GraphSession } from './graph-session';
import { optimised } from './optimise';
import { frozenSettings, fuseOptimizers } from './optimizer-forms';
import { record } from './record';
import type { SessionFunction } from './session-function';
import { forgetDisposed } from './watch';

const MANY_TIMES = 3; // recordings because of another setting

/** A function and its recordings in one session: one for every combination of types and shapes that it was called with. */
export class RecordedFunction {
  readonly #recorded = new Map<
    string,
    { readonly compiled: SessionFunction; readonly settings: Map<Optimizer, string> }
  >();

  #again = 0;

  /** @param name of the function, for messages */
  constructor(
    readonly fn: (...args: Tensor[]) => unknown,
    readonly session: GraphSession,
    readonly name: string,
  ) {}

  /** What was recorded last. */
  get last(): SessionFunction | undefined {
    return [...this.#recorded.values()].at(-1)?.compiled;
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
    const compiled = this.#record(specs);
    const optimizers = [...compiled.recording.optimizerSteps.keys()];
    if (known && ++this.#again === MANY_TIMES) {
      const names = optimizers.map((optimizer) => optimizer.getClassName()).join(', ');
      console.warn(
        `${this.name} is recorded anew for every new setting of ${names}, which takes time and memory; adam, momentum and sgd take ` +
          'new learning rates without that',
      );
    }
    this.#recorded.delete(key);
    this.#recorded.set(key, {
      compiled,
      settings: new Map(optimizers.map((each) => [each, frozenSettings(each)])),
    });
    return compiled;
  }

  /** A recording that cannot be run takes the variables that the function made with it. */
  #record(specs: readonly TensorSpec[]): SessionFunction {
    const recording = record(this.fn, specs, this.name, fuseOptimizers);
    try {
      return this.session.add(optimised(recording));
    } catch (error) {
      recording.variables.forEach((variable, i) => {
        if (recording.graph.variables[i].initial) variable.dispose();
      });
      for (const optimizer of recording.optimizerSteps.keys()) forgetDisposed(optimizer);
      throw error;
    }
  }
}
