import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { cApiProblem } from '../tensorflow/c-api';
import { canBeFed, type DType, type TensorSpec } from '../tensorflow/dtypes';
import { tf } from '../tensorflow/load';
import { NativeTensor } from '../tensorflow/native-tensor';
import type { Graph } from './graph';
import { GraphSession } from './graph-session';
import { type ProfiledStep, profiledStep } from './profile';
import { currentRecorder } from './record';
import { RecordedFunction } from './recorded-function';
import { type SessionFunction, toTensor } from './session-function';
import { checkSessionOptions, type SessionOptions } from './session-options';
import { assemble, flatten } from './structure';

// biome-ignore lint/suspicious/noExplicitAny: any function of tensors
type TensorFunction = (...args: any[]) => any;

/** A function of the same type that runs as one TensorFlow graph, and returns a promise. Whoever compiled it disposes it. */
export interface Compiled<F extends TensorFunction> {
  (...args: Parameters<F>): Promise<ReturnType<F>>;
  /** What the last recorded call runs, as plain data; undefined before the first call, or where everything runs eagerly. */
  readonly graph: Graph | undefined;
  /** Calls the function once, with its effects, and tells how long each operation took. */
  profile(...args: Parameters<F>): Promise<ProfiledStep>;
  /** Frees the graph. Variables keep the values that it gave them; the function cannot be called any more. */
  dispose(): void;
}

/**
 * What `tf.function` is to TensorFlow in Python and `jax.jit` to JAX: `fn` runs once for every combination of types and shapes of
 * its arguments, without computing anything, and what it does to tensors is written down as a graph. Every call, the first
 * included, then runs that graph: on a worker thread, as a whole, with operations fused where TensorFlow can.
 *
 *     const step = compile((images, labels) => optimizer.minimize(() => loss(model.apply(images), labels), true));
 *     const loss = await step(images, labels);
 *
 * `fn` may read and assign variables and make optimizers step; all of that happens at every call, and a variable shows its
 * newest value wherever it is read. Calls run one after the other. Whatever `fn` computes in JavaScript, by contrast, happens
 * once and is frozen: numbers, branches, tensors from outside (by the values they have then), the clock. See
 * {@link liveNumber} for numbers that change.
 *
 * Reading a variable while a call is running waits for its end. A compiled function holds a session, with threads and copies of its
 * variables, until it or they are disposed.
 *
 * Where TensorFlow's C API cannot be used, the compiled function runs eagerly and says so once.
 *
 * @param fn takes tensors and returns tensors, or arrays or plain objects of them; not asynchronous
 * @returns the compiled function; the arguments stay the caller's, who disposes the results too
 * @throws TypeError from a call whose arguments are not tensors of numbers or booleans, and from the first call when the
 *   function does what a graph cannot, such as reading a tensor or drawing a random number in JavaScript
 * @throws Error from a call after the function, or a variable that it uses, was disposed, and from one within a function that is
 *   being recorded
 */
export function compile<F extends TensorFunction>(fn: F, options: SessionOptions = {}): Compiled<F> {
  checkSessionOptions(options);
  const name = fn.name === '' ? 'the function' : fn.name;
  return canCompile() ? compileGraph(fn, name, options) : runEagerly(fn, name);
}

let problemTold = false;

/** Whether graphs can be run here; says why not, once. */
export function canCompile(): boolean {
  const problem = cApiProblem();
  if (problem !== undefined && !problemTold) {
    problemTold = true;
    console.warn(
      `compiled functions run eagerly, several times slower: ${problem}; run "npm run doctor" in the checkout`,
    );
  }
  return problem === undefined;
}

function compileGraph<F extends TensorFunction>(fn: F, name: string, options: SessionOptions): Compiled<F> {
  const session = new GraphSession(options);
  const recorded = new RecordedFunction(fn, session, name);
  const withInputs = async <T>(
    args: readonly unknown[],
    run: (compiled: SessionFunction, inputs: NativeTensor[]) => Promise<T>,
  ): Promise<T> => {
    if (currentRecorder()) {
      throw new Error(
        `cannot call ${name} while another function is being recorded; call the plain function in its place`,
      ); // it would run once, and never again
    }
    if (session.disposed) {
      throw new Error(
        `cannot call ${name}; the compiled function, or its variables, were disposed; compile it anew`,
      );
    }
    const specs = args.map((arg, at) => specOf(arg, at, name));
    const compiled = recorded.for(specs);
    const inputs = args.map((arg, at) => NativeTensor.of(specs[at], (arg as Tensor).dataSync()));
    try {
      return await run(compiled, inputs);
    } finally {
      for (const input of inputs) input.dispose();
    }
  };
  const call = (...args: Parameters<F>) =>
    withInputs(args, async (compiled, inputs) => {
      const results = await compiled.call(inputs);
      return assemble(compiled.recording.structure, results.map(toTensor)) as ReturnType<F>;
    });
  const profile = (...args: Parameters<F>) =>
    withInputs(args, async (compiled, inputs) =>
      profiledStep(await compiled.trace(inputs), compiled.recording.graph),
    );
  return Object.defineProperty(
    Object.assign(call, { profile, dispose: () => session.dispose(), graph: undefined }),
    'graph',
    { get: () => recorded.last?.recording.graph },
  );
}

function runEagerly<F extends TensorFunction>(fn: F, name: string): Compiled<F> {
  let disposed = false;
  const call = async (...args: Parameters<F>) => {
    if (disposed) throw new Error(`cannot call ${name}; the compiled function was disposed; compile it anew`);
    for (const [at, arg] of args.entries()) specOf(arg, at, name);
    let result: unknown;
    tf.tidy(() => {
      const { leaves, structure } = flatten(fn(...args), name);
      result = assemble(
        structure,
        leaves.map((leaf) => tf.keep(leaf.clone())),
      ); // none of the arguments, and no variable
    });
    return result as ReturnType<F>;
  };
  const profile = async () => {
    throw new Error(
      `cannot profile ${name}; it runs eagerly here; run "npm run doctor" in the checkout for the reason`,
    );
  };
  return Object.assign(call, {
    profile,
    graph: undefined,
    dispose: () => {
      disposed = true;
    },
  });
}

function specOf(arg: unknown, at: number, name: string): TensorSpec {
  if (!(arg instanceof tf.Tensor)) {
    const what = typeof arg === 'object' ? 'an object' : `${typeof arg} ${String(arg)}`;
    throw new TypeError(
      `cannot call ${name}; every argument must be a tensor: argument ${at + 1} is ${what}; ` +
        'pass tf.scalar(...) for a number, and keep what never changes outside of the arguments',
    );
  }
  if (arg.isDisposed) throw new Error(`cannot call ${name}; argument ${at + 1} was disposed`);
  if (!canBeFed(arg.dtype as DType)) {
    throw new TypeError(
      `cannot call ${name}; argument ${at + 1} must hold numbers or booleans: ${arg.dtype}`,
    );
  }
  return { dtype: arg.dtype as DType, shape: arg.shape };
}
