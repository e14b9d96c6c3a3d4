import type { Attr } from '../tensorflow/attributes';
import { type DType, sizeOf, type TensorSpec, type TypedArray } from '../tensorflow/dtypes';
import { NativeGraph, type NativeOperation } from '../tensorflow/native-graph';
import { type GraphNode, type Ref, refOf, splitRef } from './graph';
import { nativeOutput } from './native-output';

/** Nodes as they are recorded, one after the other: named, checked, and with the shapes that TensorFlow infers for their outputs. */
export class NodeList {
  readonly nodes: GraphNode[] = [];
  /** The layer that is running, and whether forward or backward: new nodes belong to it. */
  scope: { readonly layer: string; readonly gradient: boolean } = { layer: '', gradient: false };

  readonly #inference = new NativeGraph();
  readonly #operations = new Map<string, NativeOperation>();
  readonly #outputs = new Map<string, readonly TensorSpec[]>();
  readonly #counts = new Map<string, number>();

  /**
   * Adds a node and returns it. `after` names nodes that have to run before it; it is named after `wanted`; its outputs are `known` where
   * TensorFlow does not infer their shapes.
   */
  add(
    op: string,
    inputs: readonly Ref[],
    attrs: Record<string, Attr>,
    after: readonly string[] = [],
    { wanted = op, known = [] }: { wanted?: string; known?: readonly TensorSpec[] } = {},
  ): GraphNode {
    const name = this.#name(wanted);
    const operation = this.#inference.add({
      name,
      op,
      inputs: inputs.map((ref) => nativeOutput(this.#operations, ref)),
      after: after.map((node) => this.#operations.get(node)!.pointer),
      attrs,
    });
    const outputs = operation.outputs.map((spec, index) => {
      if (spec) return spec;
      if (known[index]) {
        this.#inference.setShape(operation, index, known[index].shape);
        return known[index];
      }
      if (op === 'FusedBatchNormV3' && index >= 3) return WORKSPACE;
      throw new TypeError(
        `cannot record ${op}; the shape of every tensor must be known before the function runs: that of output ` +
          `${index} of ${name} depends on values; compute it outside of the function`,
      );
    });
    const node: GraphNode = { name, op, inputs, after, attrs, outputs, layer: this.scope.layer };
    this.nodes.push(node);
    this.#operations.set(name, operation);
    this.#outputs.set(name, outputs);
    return node;
  }

  /** @param values in row-major order */
  constant(spec: TensorSpec, values: ArrayLike<number>): Ref {
    const array = asArray(spec.dtype, values, sizeOf(spec.shape));
    const tensor = { ...spec, values: array };
    return refOf(this.add('Const', [], { dtype: { type: spec.dtype }, value: { tensor } }).name);
  }

  specOf(ref: Ref): TensorSpec {
    const { node, index } = splitRef(ref);
    return this.#outputs.get(node)![index];
  }

  /** Names of the attributes that TensorFlow takes from an operation's inputs. */
  attributesOfInputs(op: string): string[] {
    return this.#inference.attributesOfInputs(op);
  }

  /** Frees the graph that inferred the shapes; the nodes stay. */
  dispose(): void {
    this.#inference.dispose();
  }

  /** `block1_conv1/Conv2D`, `gradients/block1_conv1/Conv2DBackpropFilter`, with a number from the second on. */
  #name(op: string): string {
    const { layer, gradient } = this.scope;
    const parts = [gradient ? 'gradients' : '', layer.replace(/[^A-Za-z0-9_.-]/g, '_'), op];
    const name = parts.filter((part) => part !== '').join('/');
    const count = this.#counts.get(name) ?? 0;
    this.#counts.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  }
}

/** What batch norm keeps for its own gradient: of a size that only TensorFlow knows, and nothing to look at. */
const WORKSPACE: TensorSpec = { dtype: 'float32', shape: [0] };

function asArray(dtype: DType, values: ArrayLike<number>, size: number): TypedArray {
  if (values.length !== size)
    throw new RangeError(`invalid constant; ${size} values are needed: ${values.length}`);
  switch (dtype) {
    case 'float32':
      return Float32Array.from(values);
    case 'int32':
      return Int32Array.from(values);
    case 'uint8':
    case 'bool':
      return Uint8Array.from(values);
    case 'int64':
      return BigInt64Array.from(Array.from(values, BigInt));
    default:
      throw new TypeError(`cannot record a constant of type ${dtype}`);
  }
}
