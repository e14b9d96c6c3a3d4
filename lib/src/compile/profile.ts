import { decodeMessage } from '../tensorflow/messages';
import type { Graph } from './graph';

/** One operation's run. */
export interface ProfiledOp {
  /** Of the node in the graph, or of one that TensorFlow's optimiser made. */
  readonly node: string;
  /** TensorFlow's name of the operation. */
  readonly op: string;
  /** The layer it belongs to; `""` for what belongs to none, such as the optimizer. */
  readonly layer: string;
  /** `'forward'`, `'backward'`, `'update'` of variables, or `'other'`. */
  readonly pass: 'forward' | 'backward' | 'update' | 'other';
  /** Microseconds since the step's first operation began. */
  readonly start: number;
  /** Microseconds that it computed. */
  readonly duration: number;
  readonly thread: number;
  readonly device: string;
}

export interface ProfiledStep {
  readonly ops: readonly ProfiledOp[];
  /** Microseconds from the first operation's begin to the last one's end. */
  readonly duration: number;
}

export function profiledStep(_metadata: Uint8Array, _graph: Graph): ProfiledStep {
  decodeMessage('RunMetadata', _metadata);
  return { ops: [], duration: 0 };
}
