import type { Optimizer, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import type { DType, TensorSpec } from '../tensorflow/dtypes';
import { tf } from '../tensorflow/load';
import { checkGraph, type Graph, type GraphInput, inputDependents, nodeOf, type Ref, refOf } from './graph';
import { Patches } from './patches';
import { Recorder } from './recorder';
import { flatten, type Structure } from './structure';
import { unwatched } from './variable-cell';
import {
  forgetDisposed,
  gatherUnchecked,
  refuseChance,
  standInForBackend,
  type VariableLog,
  watchLayers,
  watchOptimizers,
  watchVariables,
} from './watch';

/** A function's graph, and what TensorFlow.js has to do around each of its calls. */
export interface Recording {
  readonly graph: Graph;
  /** The form of what the function returns: `graph.results` fill it. */
  readonly structure: Structure;
  /** In the order of `graph.variables`. */
  readonly variables: readonly Variable[];
  /** What to feed the graph's live inputs with, in their order. */
  readonly liveNumbers: readonly (() => number)[];
  /** How often one call counts an optimizer's steps. */
  readonly optimizerSteps: ReadonlyMap<Optimizer, number>;
}

interface Running {
  readonly recorder: Recorder;
  readonly live: { readonly input: GraphInput; readonly read: () => number }[];
}

let running: Running | undefined;

/** Stands in for the backend while a function is being recorded; undefined while operations run eagerly. */
export function currentRecorder(): Recorder | undefined {
  return running?.recorder;
}

/**
 * A number of JavaScript's that may change from call to call, such as a learning rate, as a float32 scalar: a compiled function
 * reads it anew at every call, where a plain number would be frozen into the graph. The caller disposes it.
 */
export function liveNumber(read: () => number): Tensor {
  if (!running) return tf.scalar(read());
  const { recorder, live } = running;
  const input = addInput(recorder, { dtype: 'float32', shape: [] }, 'live_number', true);
  live.push({ input, read });
  return recorder.tensorOf(refOf(input.name));
}

/**
 * Runs `fn` once, on tensors without values, and writes down every operation. Variables, optimizers and everything else are
 * left as they were, but for variables that the function makes, such as the averages of an optimizer: they stay, and get the
 * first value that the graph names when it is added to a session.
 *
 * @param inputs what the function will be called with; `uint8` shows as an int32 tensor inside the function
 * @param name of the function, for messages
 * @param install puts graph forms of layers and optimizers in place, for as long as the recording goes on
 * @throws Error when the function does something that a graph cannot do, or that would silently be frozen into it
 */
export function record(
  fn: (...args: Tensor[]) => unknown,
  inputs: readonly TensorSpec[],
  name: string,
  install: (patches: Patches) => void = () => {},
): Recording {
  if (running) {
    throw new Error(
      `cannot record ${name} while another function is being recorded; call the plain function in its place`,
    );
  }
  return unwatched(() => {
    const patches = new Patches();
    const recorder = new Recorder();
    const variables: VariableLog = { before: new Map(), made: new Map() };
    const optimizerSteps = new Map<Optimizer, number>();
    const optimizers = new Set<Optimizer>();
    running = { recorder, live: [] };
    try {
      standInForBackend(recorder, patches);
      watchVariables(recorder, patches, variables);
      watchLayers(recorder, patches);
      watchOptimizers(patches, optimizerSteps, optimizers);
      refuseChance(patches);
      gatherUnchecked(recorder, patches);
      install(patches);
      const placeholders = inputs.map((spec) => addInput(recorder, spec, 'input'));
      const { results, structure } = runOnce(fn, placeholders, recorder, variables, name);
      const { live } = running;
      const graph = graphOf(
        recorder,
        [...placeholders, ...live.map(({ input }) => input)],
        results,
        variables,
      );
      checkGraph(graph);
      const dependents = inputDependents(graph);
      const dependent = graph.variables.find(({ initial }) => initial && dependents.has(nodeOf(initial)));
      if (dependent) {
        throw new TypeError(
          `cannot compile ${name}; the first value of a variable that it makes must not depend on its arguments: ` +
            `${dependent.name}; make the variable outside of the function`,
        );
      }
      return {
        graph,
        structure,
        variables: [...recorder.variables.keys()],
        liveNumbers: live.map(({ read }) => read),
        optimizerSteps,
      };
    } catch (error) {
      for (const variable of variables.made.keys()) if (!variable.isDisposed) variable.dispose();
      for (const optimizer of optimizers) forgetDisposed(optimizer);
      recorder.disposeTensors();
      throw error;
    } finally {
      running = undefined;
      patches.restore();
      for (const [variable, value] of variables.before) {
        if (!variable.isDisposed) variable.assign(value);
        value.dispose();
      }
      recorder.list.dispose();
    }
  });
}

interface Results {
  readonly results: readonly Ref[];
  readonly structure: Structure;
}

function runOnce(
  fn: (...args: Tensor[]) => unknown,
  inputs: readonly GraphInput[],
  recorder: Recorder,
  { before, made }: VariableLog,
  name: string,
): Results {
  let results: Ref[] = [];
  let structure!: Structure;
  tf.tidy(() => {
    const flat = flatten(fn(...inputs.map((input) => visible(recorder, input))), name);
    structure = flat.structure;
    results = flat.leaves.map((leaf) => recorder.refOf(leaf));
    recorder.settle([...before.keys(), ...made.keys()].filter((variable) => !variable.isDisposed));
    for (const leaf of flat.leaves) {
      const ours = !(leaf instanceof tf.Variable) && recorder.valueless(leaf.dataId) !== undefined;
      if (ours) leaf.dispose(); // TensorFlow.js keeps a model's metrics from the tidying
    }
  });
  if (recorder.refused) throw recorder.refused;
  const gone = [...recorder.variables.keys()].find((variable) => variable.isDisposed);
  if (gone) {
    throw new Error(
      `cannot compile ${name}; a variable that it uses must be there at every call: it disposes ${gone.name}; use a tensor for ` +
        'what one call needs, and dispose the variable outside of the function',
    );
  }
  const kept = recorder.leftOver([...before.keys(), ...made.keys()]);
  if (kept !== undefined) {
    throw new Error(
      `cannot compile ${name}; a tensor that it keeps would have no value: ${kept}; return the tensor, or assign it to a variable`,
    );
  }
  return { results, structure };
}

function addInput(recorder: Recorder, spec: TensorSpec, name: string, live = false): GraphInput {
  const attrs = { dtype: { type: spec.dtype }, shape: { shape: spec.shape } };
  return { ...spec, live, name: recorder.list.add('Placeholder', [], attrs, [], { wanted: name }).name };
}

/** An input as TensorFlow.js sees it, which has no bytes. */
function visible(recorder: Recorder, { name, dtype }: GraphInput): Tensor {
  if (dtype !== 'uint8') return recorder.tensorOf(refOf(name));
  return recorder.tensorOf(refOf(recorder.list.add('Cast', [refOf(name)], { DstT: { type: 'int32' } }).name));
}

function graphOf(
  recorder: Recorder,
  inputs: readonly GraphInput[],
  results: readonly Ref[],
  { made }: VariableLog,
): Graph {
  const variables = [...recorder.variables.values()];
  return {
    nodes: recorder.list.nodes,
    inputs,
    results,
    variables: variables.map(({ variable, handle, written }) => {
      const spec = { dtype: variable.dtype as DType, shape: variable.shape };
      const initial = made.get(variable);
      return { name: variable.name, handle, written, ...spec, ...(initial && { initial }) };
    }),
    effects: variables.filter(({ written }) => written).map(({ touched }) => touched[0]),
  };
}
