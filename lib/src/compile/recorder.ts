import type { DataType, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import type { Attr } from '../tensorflow/attributes';
import {
  attrOf,
  type DataId,
  engine,
  type NativeBackend,
  nativeBackend,
  type OpAttr,
  type TensorInfo,
} from '../tensorflow/backend';
import { type DType, dtypeCode, dtypeOf, specText, type TensorSpec } from '../tensorflow/dtypes';
import { tf } from '../tensorflow/load';
import { type GraphNode, nodeOf, type Ref, refOf } from './graph';
import { NodeList } from './node-list';
import { freshen, rawDataId } from './variable-cell';

const { assign } = tf.Variable.prototype;

/** What a recording knows of one variable. */
interface RecordedVariable {
  readonly variable: Variable;
  readonly handle: string;
  /** The data id of the variable's memory as it is now, before any pending assignment of the recording. */
  content: DataId;
  /** Nodes that touched the memory since the last write, that one included: the next write comes after them. */
  touched: string[];
  written: boolean;
}

/**
 * Stands in for the backend while a function runs: every operation becomes a node, whose outputs are tensors with a shape and a
 * type, and without values. TensorFlow infers the shapes; nothing is computed.
 */
export class Recorder {
  readonly list = new NodeList();
  readonly variables = new Map<Variable, RecordedVariable>();
  /** What the recording has to fail with although the function goes on. */
  refused: Error | undefined;

  readonly #refs = new WeakMap<DataId, Ref>();
  /** Data ids that are constants of the graph. */
  readonly #captured = new WeakSet<DataId>();
  /** All tensors without values. */
  readonly #made: Tensor[] = [];
  readonly #backend: NativeBackend = nativeBackend();
  /** Variables from before the recording and the data ids that they had then, both ways. */
  readonly #variableOf = new Map<DataId, Variable>();
  readonly #initial = new Map<Variable, DataId>();

  constructor() {
    for (const variable of Object.values(engine().registeredVariables)) {
      this.#unshare(variable);
      this.#variableOf.set(rawDataId(variable), variable);
      this.#initial.set(variable, rawDataId(variable));
    }
  }

  /**
   * Adds the node that an operation of tfjs-node's kernels asks for. The types of the inputs are left to TensorFlow, as when it runs
   * eagerly: a kernel may state another (`tf.mean` of booleans).
   */
  execute(op: string, attrs: readonly OpAttr[], inputs: readonly TensorInfo[]): GraphNode {
    const refs = inputs.map((input) => this.refOf(input));
    const inferred = this.list.attributesOfInputs(op);
    const stated = attrs.filter(({ name }) => !inferred.includes(name));
    const plain = stated.map((attr) => [attr.name, attrOf(this.#backend, attr)] as const);
    return this.list.add(op, refs, Object.fromEntries(plain));
  }

  /** Adds an operation whose outputs TensorFlow cannot tell; the caller disposes the tensors. */
  executeTo(
    known: readonly TensorSpec[],
    op: string,
    inputs: readonly Tensor[],
    attrs: Record<string, Attr>,
  ): Tensor[] {
    const refs = inputs.map((input) => this.refOf(input));
    const { name } = this.list.add(op, refs, attrs, [], { known });
    return known.map((_, index) => this.tensorOf(refOf(name, index)));
  }

  /** A tensor without values that stands for one output of a node; the caller disposes it like any other. */
  tensorOf(ref: Ref): Tensor {
    const spec = this.list.specOf(ref);
    const dtype = visibleType(spec, nodeOf(ref));
    const dataId = {};
    const shape = [...spec.shape];
    this.#refs.set(dataId, ref);
    this.#backend.tensorMap.set(dataId, {
      shape,
      dtype: dtypeCode(spec.dtype),
      id: -1,
      values: null,
      refCount: 1,
    });
    const tensor = engine().makeTensorFromTensorInfo({ dataId, shape, dtype });
    this.#made.push(tensor);
    return tensor;
  }

  /** Describes a tensor whose values are not known while recording; undefined for one from outside, which is a constant. */
  valueless(dataId: DataId): string | undefined {
    const ref = this.#refs.get(dataId);
    const variable = this.#variableOf.get(dataId);
    if (variable) return `the variable ${variable.name}`;
    if (ref === undefined || this.#captured.has(dataId)) return undefined;
    return `${specText(this.list.specOf(ref))} of ${nodeOf(ref)}`;
  }

  /** Describes a tensor of this recording that is still there and that no variable holds; undefined when there is none. */
  leftOver(variables: readonly Variable[]): string | undefined {
    const held = new Set(variables.map(rawDataId));
    const kept = this.#made.find(({ dataId }) => this.#backend.tensorMap.has(dataId) && !held.has(dataId));
    return kept && this.valueless(kept.dataId);
  }

  /** Disposes the tensors of this recording that somebody kept. */
  disposeTensors(): void {
    tf.dispose(this.#made);
  }

  /** Where a tensor comes from: a node, the memory of a variable, or a constant made of the values that it has now. */
  refOf(tensor: TensorInfo): Ref {
    const dataId = tensor instanceof tf.Variable ? rawDataId(tensor) : tensor.dataId;
    const known = this.#refs.get(dataId);
    if (known !== undefined) return known;
    const variable = this.#variableOf.get(dataId);
    if (variable) {
      this.#recorded(variable);
      return this.#refs.get(dataId)!;
    }
    const ref = this.#constant(tensor, dataId);
    this.#refs.set(dataId, ref); // once, however often it is used
    this.#captured.add(dataId);
    return ref;
  }

  /** The variable's entry, made at its first use: a handle, and a node that reads it. */
  #recorded(variable: Variable): RecordedVariable {
    let entry = this.variables.get(variable);
    if (!entry) {
      const spec = { dtype: variable.dtype as DType, shape: variable.shape };
      const attrs = {
        dtype: { type: spec.dtype },
        shape: { shape: spec.shape },
        shared_name: { string: variable.name },
      };
      const handle = this.list.add('VarHandleOp', [], attrs).name;
      entry = { variable, handle, content: this.#initial.get(variable) ?? {}, touched: [], written: false };
      this.variables.set(variable, entry);
      this.#refs.set(entry.content, this.#read(entry));
    }
    return entry;
  }

  /** A node that reads the variable's memory after everything recorded so far. */
  #read(entry: RecordedVariable): Ref {
    const dtype = { type: entry.variable.dtype as DType };
    const { name } = this.list.add(
      'ReadVariableOp',
      [refOf(entry.handle)],
      { dtype },
      entry.touched.slice(0, 1),
    );
    entry.touched.push(name);
    return refOf(name);
  }

  /** Writes a value into the variable's memory; later reads see it. */
  #write(variable: Variable, value: Ref): void {
    const entry = this.#recorded(variable);
    const dtype = { type: variable.dtype as DType };
    const node = this.list.add('AssignVariableOp', [refOf(entry.handle), value], { dtype }, entry.touched);
    entry.written = true;
    entry.touched = [node.name];
  }

  /** Seconds between the moments when all of `first` and all of `then` are there, at every call: a float32 scalar. */
  secondsBetween(first: readonly TensorInfo[], then: readonly TensorInfo[]): Tensor {
    const moment = (tensors: readonly TensorInfo[]) =>
      refOf(
        this.list.add(
          'Timestamp',
          [],
          {},
          tensors.map((tensor) => nodeOf(this.refOf(tensor))),
        ).name,
      );
    const seconds = this.list.add('Sub', [moment(then), moment(first)], {});
    return this.tensorOf(
      refOf(this.list.add('Cast', [refOf(seconds.name)], { DstT: { type: 'float32' } }).name),
    );
  }

  /**
   * An operation that changes variables in place, such as `ResourceApplyAdam`; reading them from JavaScript afterwards, within
   * the recording, gives their new values.
   *
   * @param inputs variables and tensors in the operation's own order
   */
  updateInPlace(op: string, inputs: readonly (Variable | Tensor)[], attrs: Record<string, Attr>): void {
    const entries = inputs
      .filter((input): input is Variable => input instanceof tf.Variable)
      .map((variable) => this.#settled(variable));
    const refs = inputs.map((input) =>
      input instanceof tf.Variable ? refOf(this.#recorded(input).handle) : this.refOf(input),
    );
    const after = new Set(entries.flatMap(({ touched }) => touched));
    const node = this.list.add(op, refs, attrs, [...after]);
    for (const entry of entries) {
      entry.written = true;
      entry.touched = [node.name];
      const value = this.tensorOf(this.#read(entry));
      entry.content = value.dataId;
      entry.variable.assign(value);
      value.dispose();
    }
  }

  /** The variable's entry, with what was assigned to it in JavaScript written to its memory. */
  #settled(variable: Variable): RecordedVariable {
    const entry = this.#recorded(variable);
    const dataId = rawDataId(variable);
    if (dataId !== entry.content) {
      this.#write(variable, this.refOf(variable));
      entry.content = dataId;
    }
    return entry;
  }

  /** Writes every variable whose value in JavaScript is another than its memory's. */
  settle(assigned: Iterable<Variable>): void {
    for (const variable of assigned) this.#settled(variable);
  }

  /** A variable made while recording: it reads its own memory from now on, like one from before. */
  adopt(variable: Variable): void {
    const entry = this.#recorded(variable);
    const value = this.tensorOf(this.#refs.get(entry.content)!);
    entry.content = value.dataId;
    assign.call(variable, value as never); // not an assignment of the function's, whoever is watching those
    value.dispose();
  }

  /**
   * Gives the variable's memory a data id of its own. A constant that a function captures is told from a variable by its data
   * id, and `tf.variable(x)` shares that of `x`.
   */
  #unshare(variable: Variable): void {
    const { tensorMap } = this.#backend;
    if ((tensorMap.get(rawDataId(variable))?.refCount ?? 1) < 2) return;
    freshen(variable);
    const copy = tf.tensor(variable.dataSync().slice(), variable.shape, variable.dtype);
    variable.assign(copy);
    copy.dispose();
  }

  #constant(tensor: TensorInfo, dataId: DataId): Ref {
    const data = this.#backend.tensorMap.get(dataId);
    const dtype = data ? dtypeOf(data.dtype) : undefined;
    if (!data || dtype === undefined || dtype === 'string' || dtype === 'resource' || dtype === 'complex64') {
      throw new TypeError(
        `cannot record a ${tensor.dtype} tensor from outside; only numbers and booleans have a constant form`,
      );
    }
    const raw = data.values ?? this.#backend.binding.tensorDataSync(data.id);
    return this.list.constant({ dtype, shape: data.shape }, raw as ArrayLike<number>);
  }
}

/** How a type of TensorFlow shows in TensorFlow.js, as tfjs-node has it. */
function visibleType({ dtype }: TensorSpec, node: string): DataType {
  switch (dtype) {
    case 'uint8':
    case 'int64':
      return 'int32';
    case 'bfloat16': // on its way from one native operation to another, see ops/all-reduce.ts
      return 'float32';
    case 'float32':
    case 'int32':
    case 'bool':
      return dtype;
    default:
      throw new TypeError(
        `cannot record ${node}; tensors of type ${dtype} have no row in recorder.ts; compute it outside of the function`,
      );
  }
}
