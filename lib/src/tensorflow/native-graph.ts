import { type Attr, setAttribute } from './attributes';
import { cApi, checked, type Pointer, type TfOutput } from './c-api';
import { dtypeOf, type TensorSpec } from './dtypes';
import { koffi } from './koffi';
import { decodeMessage } from './messages';

/** What to add to a graph; `inputs` and `after` come from operations that were added before. */
export interface OperationDescription {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly TfOutput[];
  readonly after?: readonly Pointer[];
  readonly attrs: Readonly<Record<string, Attr>>;
  /** As `"/device:CPU:0"`; by default TensorFlow chooses. */
  readonly device?: string;
}

/** An operation of a graph; it lives as long as the graph. */
export interface NativeOperation {
  readonly pointer: Pointer;
  /** What TensorFlow infers of the outputs; `undefined` where a size depends on values. */
  readonly outputs: readonly (TensorSpec | undefined)[];
}

interface OpDef {
  readonly inputArg: readonly { typeAttr: string; numberAttr: string; typeListAttr: string }[];
}

/** TensorFlow's definitions of the operations that were looked up so far. */
const definitions = new Map<string, OpDef>();

const forgotten = new FinalizationRegistry((pointer: Pointer) => cApi().TF_DeleteGraph(pointer));

/**
 * A TensorFlow graph under construction, owned by this object. TensorFlow checks every operation as it is added and infers
 * the types and shapes of its outputs.
 */
export class NativeGraph {
  #pointer: Pointer | undefined = cApi().TF_NewGraph();

  constructor() {
    forgotten.register(this, this.pointer, this);
  }

  /** @throws Error after `dispose()` */
  get pointer(): Pointer {
    if (this.#pointer === undefined) throw new Error('cannot use a native graph after its disposal');
    return this.#pointer;
  }

  /** @throws Error with TensorFlow's own words when the operation is unknown or its inputs or attributes do not fit */
  add({ name, op, inputs, after = [], attrs, device }: OperationDescription): NativeOperation {
    const api = cApi();
    const lists = this.#listInputs(op); // first: once it is begun, an operation has to be finished
    if (!lists.includes(true) && inputs.length !== lists.length) {
      throw new TypeError(`cannot add ${op} to a graph; it takes ${lists.length} inputs: ${inputs.length}`);
    }
    const description = api.TF_NewOperation(this.pointer, op, name);
    if (device !== undefined) api.TF_SetDevice(description, device);
    let next = 0;
    const listLength = inputs.length - lists.filter((isList) => !isList).length; // of the one list
    for (const isList of lists) {
      if (isList) {
        api.TF_AddInputList(description, inputs.slice(next, next + listLength), listLength);
        next += listLength;
      } else {
        api.TF_AddInput(description, inputs[next++]);
      }
    }
    for (const operation of after) api.TF_AddControlInput(description, operation);
    for (const [key, attr] of Object.entries(attrs)) {
      try {
        setAttribute(description, key, attr);
      } catch (error) {
        abandon(description);
        throw new TypeError(
          `cannot add ${op} to a graph; its attribute ${key} is ${JSON.stringify(attr)}: ${error}`,
        );
      }
    }
    const pointer: Pointer = checked(`add ${op} to a graph`, (status) =>
      api.TF_FinishOperation(description, status),
    );
    const count: number = api.TF_OperationNumOutputs(pointer);
    return {
      pointer,
      outputs: Array.from({ length: count }, (_, index) => this.#spec({ oper: pointer, index })),
    };
  }

  /** Tells TensorFlow the shape of an output that it does not infer; what is added later is inferred from it. */
  setShape({ pointer: oper }: NativeOperation, index: number, shape: readonly number[]): void {
    const dims = BigInt64Array.from(shape, BigInt);
    checked('set a shape', (status) =>
      cApi().TF_GraphSetTensorShape(this.pointer, { oper, index }, dims, dims.length, status),
    );
  }

  /** The graph as a `GraphDef` message: all of it, constants' values too, in TensorFlow's own form. */
  graphDef(): Uint8Array {
    const api = cApi();
    const buffer: Pointer = api.TF_NewBuffer();
    try {
      checked('write a graph', (status) => api.TF_GraphToGraphDef(this.pointer, buffer, status));
      return bufferBytes(buffer);
    } finally {
      api.TF_DeleteBuffer(buffer);
    }
  }

  /** A second call does nothing. A session keeps what it needs of the graph. */
  dispose(): void {
    if (this.#pointer === undefined) return;
    forgotten.unregister(this);
    cApi().TF_DeleteGraph(this.#pointer);
    this.#pointer = undefined;
  }

  #spec(output: TfOutput): TensorSpec | undefined {
    const api = cApi();
    const dtype = dtypeOf(api.TF_OperationOutputType(output));
    const rank: number = checked('read a shape', (status) =>
      api.TF_GraphGetTensorNumDims(this.pointer, output, status),
    );
    if (rank < 0) return undefined;
    const dims = new BigInt64Array(rank);
    checked('read a shape', (status) => api.TF_GraphGetTensorShape(this.pointer, output, dims, rank, status));
    const shape = Array.from(dims, Number);
    return shape.every((size) => size >= 0) ? { dtype, shape } : undefined;
  }

  /** Names of the attributes that TensorFlow takes from the inputs: their types, and the lengths of lists. */
  attributesOfInputs(op: string): string[] {
    const { inputArg } = this.#definition(op);
    return inputArg.flatMap(({ typeAttr, numberAttr, typeListAttr }) => [typeAttr, numberAttr, typeListAttr]);
  }

  #listInputs(op: string): boolean[] {
    const lists = this.#definition(op).inputArg.map(
      ({ numberAttr, typeListAttr }) => `${numberAttr}${typeListAttr}` !== '',
    );
    if (lists.filter(Boolean).length > 1) {
      throw new Error(
        `cannot record ${op}; an operation with several lists of inputs has no form in native-graph.ts`,
      );
    }
    return lists;
  }

  #definition(op: string): OpDef {
    const known = definitions.get(op);
    if (known) return known;
    const api = cApi();
    const buffer: Pointer = api.TF_NewBuffer();
    try {
      checked(`look up the operation ${op}`, (status) =>
        api.TF_GraphGetOpDef(this.pointer, op, buffer, status),
      );
      const definition = decodeMessage<OpDef>('OpDef', bufferBytes(buffer));
      definitions.set(op, definition);
      return definition;
    } finally {
      api.TF_DeleteBuffer(buffer);
    }
  }
}

/** Only finishing an operation frees its description; what is wrong with it is known already. */
function abandon(description: Pointer): void {
  const api = cApi();
  const status: Pointer = api.TF_NewStatus();
  api.TF_FinishOperation(description, status);
  api.TF_DeleteStatus(status);
}

/** A copy of the bytes in a `TF_Buffer`: `struct { const void *data; size_t length; ... }`. */
export function bufferBytes(buffer: Pointer): Uint8Array {
  const data: Pointer = koffi.decode(buffer, 'void *');
  const length = Number(koffi.decode(buffer, 8, 'size_t'));
  const bytes = new Uint8Array(length);
  if (length > 0) cApi().copyOut(bytes, data, length);
  return bytes;
}
