import type { Variable } from '@tensorflow/tfjs-node-gpu';
import type { Pointer, TfOutput } from '../tensorflow/c-api';
import type { DType } from '../tensorflow/dtypes';
import { NativeGraph, type NativeOperation, type OperationDescription } from '../tensorflow/native-graph';
import type { NativeServer } from '../tensorflow/native-server';
import { NativeRun, NativeSession } from '../tensorflow/native-session';
import { NativeTensor } from '../tensorflow/native-tensor';
import { nodeOf, type Ref, roundsOfFirstValues } from './graph';
import { nativeOutput } from './native-output';
import type { Recording } from './record';
import { SessionFunction, toTensor } from './session-function';
import { checkSessionOptions, deviceName, type SessionOptions, sessionConfig } from './session-options';
import {
  ageOf,
  changed,
  copied,
  freshen,
  type Holder,
  hold,
  receive,
  release,
  unwatched,
} from './variable-cell';

/** Where a variable's memory in the session is read and written. */
interface Memory {
  /** Names the memory; a variable's own name may come again once it is disposed. */
  readonly key: string;
  readonly value: TfOutput;
  readonly incoming: TfOutput;
  readonly assign: Pointer;
}

/**
 * Recorded functions that share one TensorFlow session, and in it the memory of their variables. A call brings the variables up
 * to date first; JavaScript gets a changed value when it looks at the variable.
 */
export class GraphSession implements Holder {
  readonly #graph = new NativeGraph();
  readonly #session: NativeSession;
  readonly #memories = new Map<Variable, Memory>();
  readonly #device: string | undefined;
  readonly #livesFor: ReadonlySet<Variable> | undefined;
  /** What the names of the variables' memories begin with: all sessions on a server share its memory. */
  readonly #scope: string;
  /** Operations that free a variable's memory, which a server would keep after the session's end. */
  readonly #frees: Pointer[] = [];
  /** Fetched by runs that return nothing: that it is there tells that the run has ended. */
  readonly #token: TfOutput;
  #functions = 0;
  #remembered = 0;
  /** Calls that have not ended, and the end of the last of them. */
  #calls = 0;
  #last: Promise<unknown> = Promise.resolve();
  #disposed = false;
  readonly #afterwards: (() => void)[] = [];

  /**
   * @param livesFor the session is disposed with the last of these variables; by default with the last of all that it has
   * @param server on which the session lives, so that its functions may reduce tensors with those of other workers
   * @throws TypeError or RangeError for an option that cannot be
   */
  constructor(
    options: SessionOptions = {},
    livesFor?: ReadonlySet<Variable>,
    readonly server?: NativeServer,
  ) {
    checkSessionOptions(options);
    this.#livesFor = livesFor;
    this.#device = deviceName(options, server);
    this.#scope = server ? `${server.nextSession()}/` : '';
    this.#session = new NativeSession(this.#graph, sessionConfig(options, server), server?.target);
    const value = { tensor: { dtype: 'bool', shape: [], values: Uint8Array.of(1) } } as const;
    const attrs = { dtype: { type: 'bool' }, value } as const;
    const device = server && this.#device;
    this.#token = output(this.#graph.add({ name: 'token', op: 'Const', inputs: [], attrs, device }));
  }

  /** Adds a recorded function. Variables that its recording made get their first values here. */
  add(recording: Recording): SessionFunction {
    if (this.#disposed) throw new Error('cannot add a function to a session that was disposed');
    const { graph, variables } = recording;
    const prefix = `f${this.#functions++}`;
    for (const variable of variables) this.#remember(variable);
    const operations = this.#build(recording, prefix);
    const outputOf = (ref: Ref) => nativeOutput(operations, ref);
    this.#bringUpToDate(variables.filter((_, i) => !graph.variables[i].initial)); // first values may depend on them
    for (const places of roundsOfFirstValues(graph)) {
      this.#initialise(
        places.map((at) => variables[at]),
        places.map((at) => outputOf(graph.variables[at].initial!)),
      );
    }
    const inputs = new Set(graph.inputs.map(({ name }) => name));
    const results = graph.results.map((ref, i) => {
      const isInput = inputs.has(nodeOf(ref)); // TensorFlow does not fetch what it is fed
      return isInput ? this.#copyOf(outputOf(ref), `${prefix}/results/${i}`) : outputOf(ref);
    });
    const run = new NativeRun(
      this.#session,
      graph.inputs.map(({ name }) => output(operations.get(name)!)),
      results.length > 0 ? results : [this.#token],
      this.#together(
        graph.effects.map((name) => operations.get(name)!.pointer),
        `${prefix}/effects`,
      ),
    );
    return new SessionFunction(this, recording, run);
  }

  /**
   * Runs one function after the other, each with its variables up to date. Where nothing is running, that is seen to at once, so
   * that what JavaScript assigns after the call comes after it.
   */
  inTurn<T>({ graph, variables }: Recording, run: () => Promise<T>): Promise<T> {
    const begin = async () => {
      if (this.#disposed) throw new Error('cannot run a function of a session that was disposed');
      this.#bringUpToDate(variables);
      variables.forEach((variable, i) => {
        if (graph.variables[i].written) changed(variable, this);
      });
      return run();
    };
    const turn = this.#calls === 0 ? begin() : this.#last.then(begin);
    this.#calls++;
    const ended = () => {
      this.#calls--;
    };
    this.#last = turn.then(ended, ended); // a failed run is its caller's affair
    return turn;
  }

  fetchNewer(): void {
    const newer = [...this.#memories.keys()].filter((variable) => ageOf(variable, this) === 'newer');
    if (newer.length === 0) return;
    const fetches = newer.map((variable) => this.#memories.get(variable)!.value);
    const values = this.#runOnce([], fetches);
    newer.forEach((variable, i) => {
      const value = toTensor(values[i]);
      receive(variable, value, this);
      value.dispose();
    });
  }

  forget(variable: Variable): void {
    this.#memories.delete(variable);
    if (![...this.#memories.keys()].some((each) => this.#livesFor?.has(each) ?? true)) this.dispose();
  }

  /** Fetches what is newer here into TensorFlow.js, then frees the session and the variables' memory in it. */
  dispose(): void {
    if (this.#disposed) return;
    this.fetchNewer();
    if (this.#frees.length > 0) this.#runOnce([], [this.#token], this.#frees)[0].dispose();
    this.#letGo();
    this.#session.dispose();
    this.#graph.dispose();
  }

  /**
   * Breaks off the call that is going on, as one that waits for another worker; it fails, and the session is disposed. What the session
   * has that JavaScript has not looked at yet is lost. See {@link NativeSession.cancel} for what cannot be broken off.
   */
  async cancel(): Promise<void> {
    if (this.#disposed) return;
    this.#letGo();
    await this.#session.cancel();
    await this.#last;
    this.#session.dispose();
    this.#graph.dispose();
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /** For what belongs to the session and is not in it; called once, when the session is disposed. */
  whenDisposed(free: () => void): void {
    this.#afterwards.push(free);
  }

  #letGo(): void {
    this.#disposed = true;
    for (const variable of this.#memories.keys()) release(variable, this);
    this.#memories.clear();
    for (const free of this.#afterwards.splice(0)) free();
  }

  #build({ graph, variables }: Recording, prefix: string): Map<string, NativeOperation> {
    const operations = new Map<string, NativeOperation>();
    const pointerOf = (name: string) => operations.get(name)!.pointer;
    const keys = new Map(
      graph.variables.map(({ handle }, i) => [handle, this.#memories.get(variables[i])!.key]),
    );
    for (const { name, op, inputs, after, attrs } of graph.nodes) {
      const key = keys.get(name);
      const operation = this.#add({
        name: `${prefix}/${name}`,
        op,
        inputs: inputs.map((ref) => nativeOutput(operations, ref)),
        after: after.map(pointerOf),
        attrs: key === undefined ? attrs : { ...attrs, shared_name: { string: key } },
      });
      operations.set(name, operation);
    }
    return operations;
  }

  #add(description: Omit<OperationDescription, 'device'>): NativeOperation {
    return this.#graph.add({ ...description, device: this.#device });
  }

  /** One target instead of many, whose names TensorFlow would put together at every run. */
  #together(after: readonly Pointer[], name: string): Pointer[] {
    if (after.length < 2) return [...after];
    return [this.#add({ name, op: 'NoOp', inputs: [], after, attrs: {} }).pointer];
  }

  #copyOf(original: TfOutput, name: string): TfOutput {
    return output(this.#add({ name, op: 'Identity', inputs: [original], attrs: {} }));
  }

  /** Gives the variable a place in the session. */
  #remember(variable: Variable): void {
    if (this.#memories.has(variable)) return;
    hold(variable, this);
    const dtype = { type: variable.dtype as DType };
    const shape = { shape: variable.shape };
    const key = `${this.#scope}variables/${this.#remembered++}`;
    const add = (name: string, op: string, inputs: TfOutput[], attrs: object) =>
      this.#add({ name: `${key}/${name}`, op, inputs, attrs: { dtype, ...attrs } });
    const handle = output(add('handle', 'VarHandleOp', [], { shape, shared_name: { string: key } }));
    const value = output(add('value', 'ReadVariableOp', [handle], {}));
    const incoming = output(add('incoming', 'Placeholder', [], { shape }));
    const assign = add('assign', 'AssignVariableOp', [handle, incoming], {}).pointer;
    this.#memories.set(variable, { key, value, incoming, assign });
    if (this.server) this.#frees.push(this.#freeing(handle, key));
  }

  #freeing(handle: TfOutput, key: string): Pointer {
    return this.#add({ name: `${key}/free`, op: 'DestroyResourceOp', inputs: [handle], attrs: {} }).pointer;
  }

  #initialise(made: readonly Variable[], initials: readonly TfOutput[]): void {
    const values = this.#runOnce([], initials);
    made.forEach((variable, i) => {
      const value = toTensor(values[i]);
      unwatched(() => variable.assign(value));
      value.dispose();
    });
    this.#bringUpToDate(made); // the next ones may be made of them
  }

  #runOnce(
    feeds: readonly TfOutput[],
    fetches: readonly TfOutput[],
    targets: Pointer[] = [],
    values: NativeTensor[] = [],
  ): NativeTensor[] {
    const run = new NativeRun(this.#session, feeds, fetches, targets);
    try {
      return run.runBlocking(values);
    } finally {
      run.dispose();
    }
  }

  #bringUpToDate(variables: readonly Variable[]): void {
    const older = variables.filter((variable) => {
      if (variable.isDisposed) {
        throw new Error(
          `cannot run a compiled function; its variable ${variable.name} was disposed; compile the function anew`,
        );
      }
      return ageOf(variable, this) === 'older';
    });
    if (older.length === 0) return;
    const memories = older.map((variable) => this.#memories.get(variable)!);
    const values = older.map((variable) => {
      freshen(variable); // another session may have the newest
      return NativeTensor.of({ dtype: variable.dtype as DType, shape: variable.shape }, variable.dataSync());
    });
    const feeds = memories.map(({ incoming }) => incoming);
    const assigns = memories.map(({ assign }) => assign);
    for (const result of this.#runOnce(feeds, [this.#token], assigns, values)) result.dispose();
    for (const value of values) value.dispose();
    for (const variable of older) copied(variable, this);
  }
}

/** An operation's first output. */
function output({ pointer }: NativeOperation): TfOutput {
  return { oper: pointer, index: 0 };
}
