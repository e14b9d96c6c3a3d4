/** What is put in place of parts of TensorFlow.js while a function is being recorded. */
import type { Optimizer, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { type DataId, engine, nativeBackend } from '../tensorflow/backend';
import { tf } from '../tensorflow/load';
import { type Ref, refOf } from './graph';
import type { Patches } from './patches';
import type { Recorder } from './recorder';

/** Operations are recorded instead of run, and reading what has no value is refused. */
export function standInForBackend(recorder: Recorder, patches: Patches): void {
  const backend = nativeBackend();
  patches.replace(backend, 'executeSingleOutput', () => (op, attrs, inputs) => {
    return recorder.tensorOf(refOf(recorder.execute(op, attrs, inputs).name));
  });
  patches.replace(backend, 'executeMultipleOutputs', () => (op, attrs, inputs, outputs) => {
    const { name } = recorder.execute(op, attrs, inputs);
    return Array.from({ length: outputs }, (_, index) => recorder.tensorOf(refOf(name, index)));
  });
  const refusal = (dataId: DataId) => {
    const what = recorder.valueless(dataId);
    if (what === undefined) return undefined;
    return new TypeError(
      `cannot record the reading of a tensor (dataSync, data, arraySync, array, print); a function is recorded without values, ` +
        `and what follows from one would be frozen: ${what}; return the tensor and read it after the call, or use tf.where ` +
        'in place of a branch',
    );
  };
  patches.replace(backend, 'readSync', (read) => (dataId) => {
    const error = refusal(dataId);
    if (error) throw error;
    return read.call(backend, dataId);
  });
  patches.replace(backend, 'read', (read) => (dataId) => {
    const error = refusal(dataId);
    if (!error) return read.call(backend, dataId);
    recorder.refused ??= error; // thrown at the end of the recording: nobody may be waiting for a promise
    return new Promise(() => {});
  });
}

export interface VariableLog {
  /** Variables that were assigned to, and the value of each before. */
  readonly before: Map<Variable, Tensor>;
  /** Variables that were made, and where their first value comes from. */
  readonly made: Map<Variable, Ref>;
}

/**
 * Keeps what every variable was before its first assignment, for as long as the patches are on.
 *
 * @param before gets the values; the caller disposes them
 * @param except variables that are let be
 */
export function logAssignments(
  patches: Patches,
  before: Map<Variable, Tensor>,
  except: ReadonlyMap<Variable, unknown> = new Map(),
): void {
  patches.replace(tf.Variable.prototype, 'assign', (assign) => {
    return function (this: Variable, value: Tensor) {
      if (!before.has(this) && !except.has(this)) before.set(this, tf.keep(this.clone()));
      assign.call(this, value as never);
    };
  });
}

/** Assignments are logged, so that they can be taken back; a variable that is made reads its own memory at once. */
export function watchVariables(recorder: Recorder, patches: Patches, log: VariableLog): void {
  logAssignments(patches, log.before, log.made);
  patches.replace(engine(), 'makeVariable', (make) => (initial, trainable, name, dtype) => {
    const variable = make.call(tf.engine(), initial, trainable, name, dtype);
    log.made.set(variable, recorder.refOf(variable));
    recorder.adopt(variable);
    return variable;
  });
}

/** Nodes learn the layer in whose forward or backward pass they were recorded. */
export function watchLayers({ list }: Recorder, patches: Patches): void {
  const within = <T>(layer: string, gradient: boolean, run: () => T): T => {
    const before = list.scope;
    list.scope = { layer, gradient };
    try {
      return run();
    } finally {
      list.scope = before;
    }
  };
  patches.replace(tf.layers.Layer.prototype, 'apply', (apply) => {
    return function (this: { name: string }, ...args) {
      return within(this.name, false, () => apply.apply(this as never, args));
    };
  });
  patches.replace(engine(), 'addTapeNode', (addTapeNode) => (...args) => {
    addTapeNode.apply(tf.engine(), args);
    const node = engine().state.activeTape.at(-1);
    const gradient = node?.gradient;
    const { layer } = list.scope;
    if (!node || !gradient) return;
    node.gradient = (dys) => {
      const gradients = within(layer, true, () => gradient(dys));
      return Object.fromEntries(
        Object.entries(gradients).map(([input, compute]) => [input, () => within(layer, true, compute)]),
      );
    };
  });
}

/**
 * Steps are counted, to be repeated at every call; reading the count, which a graph would freeze, is refused.
 *
 * @param used gets every optimizer that computes gradients
 */
export function watchOptimizers(patches: Patches, steps: Map<Optimizer, number>, used: Set<Optimizer>): void {
  patches.replace(tf.Optimizer.prototype, 'computeGradients', (compute) => {
    return function (this: Optimizer, ...args) {
      used.add(this);
      return compute.apply(this, args);
    };
  });
  type Counting = Optimizer & { incrementIterations(): void };
  patches.replace(tf.Optimizer.prototype as Counting, 'incrementIterations', () => {
    return function (this: Optimizer) {
      steps.set(this, (steps.get(this) ?? 0) + 1);
    };
  });
  const iterations = Object.getOwnPropertyDescriptor(tf.Optimizer.prototype, 'iterations')!;
  Object.defineProperty(tf.Optimizer.prototype, 'iterations', {
    ...iterations,
    get(this: Optimizer) {
      throw new TypeError(
        `cannot record the reading of optimizer.iterations by ${this.getClassName()}; the number would be frozen; ` +
          'put liveNumber(() => optimizer.iterations) in its place',
      );
    },
  });
  patches.onRestore(() => Object.defineProperty(tf.Optimizer.prototype, 'iterations', iterations));
}

/** Lets an optimizer make its averages anew where they were disposed, after a recording that failed. */
export function forgetDisposed(optimizer: Optimizer): void {
  for (const list of Object.values(optimizer)) {
    if (!Array.isArray(list)) continue;
    list.forEach((slot: { variable?: Variable } | undefined, i) => {
      if (slot?.variable?.isDisposed) delete list[i];
    });
  }
}

/** Numbers drawn in JavaScript would be the same at every call. */
export function refuseChance(patches: Patches): void {
  patches.replace(Math, 'random', () => () => {
    throw new TypeError(
      'cannot record Math.random(), which unseeded random tensors and initializers use; its numbers would be frozen and the ' +
        'same at every call; draw outside of the function and pass the tensor in, use seededUniform(), or, where a layer draws, train ' +
        'with compile: false',
    );
  });
}

/**
 * `tf.gather` checks every index in JavaScript. In a recording indices have no values; TensorFlow checks them whenever the graph
 * runs.
 */
export function gatherUnchecked(recorder: Recorder, patches: Patches): void {
  const kernel = tf.getKernel('GatherV2', 'tensorflow');
  const unchecking = Object.create(nativeBackend(), { readSync: { value: () => [] } });
  patches.replace(kernel, 'kernelFunc', (gather) => (args) => {
    const { indices } = args.inputs as unknown as { indices: Tensor };
    return gather(recorder.valueless(indices.dataId) === undefined ? args : { ...args, backend: unchecking });
  });
}
