/**
 * One variable, several memories: that of TensorFlow.js, and one in every session whose functions use it. This file knows which of
 * them is up to date, and has the newest value fetched when JavaScript looks at a variable that a session has changed since.
 *
 * A variable is looked at through its `dataId`; that property becomes an accessor while a session holds the variable.
 */
import type { Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import type { DataId } from '../tensorflow/backend';
import { tf } from '../tensorflow/load';

/** A memory outside of TensorFlow.js. */
export interface Holder {
  /** Brings all newer values into TensorFlow.js, by `receive`; blocks until they are there. */
  fetchNewer(): void;
  /** The variable was disposed. */
  forget(variable: Variable): void;
}

/** A holder's memory, compared with that of TensorFlow.js. */
export type Age = 'newer' | 'same' | 'older';

interface Cell {
  dataId: DataId;
  readonly ages: Map<Holder, Age>;
}

const cells = new WeakMap<Variable, Cell>();
let watching = true;

/** Runs `fn` with variables as TensorFlow.js has them, old or not, and without noticing assignments. */
export function unwatched<T>(fn: () => T): T {
  const before = watching;
  watching = false;
  try {
    return fn();
  } finally {
    watching = before;
  }
}

/** The data id in TensorFlow.js, whether or not its value is the newest. */
export function rawDataId(variable: Variable): DataId {
  return cells.get(variable)?.dataId ?? variable.dataId;
}

/** From now on `holder` has a memory for the variable; there is nothing in it yet. */
export function hold(variable: Variable, holder: Holder): void {
  let cell = cells.get(variable);
  if (!cell) {
    cell = { dataId: variable.dataId, ages: new Map() };
    cells.set(variable, cell);
    watch(variable, cell);
  }
  if (!cell.ages.has(holder)) cell.ages.set(holder, 'older');
}

/** Ends `hold`. A newer value in the holder's memory is lost: call `fetchNewer` first. */
export function release(variable: Variable, holder: Holder): void {
  const cell = cells.get(variable);
  if (!cell?.ages.delete(holder) || cell.ages.size > 0) return;
  cells.delete(variable);
  Object.defineProperty(variable, 'dataId', {
    value: cell.dataId,
    writable: true,
    enumerable: true,
    configurable: true,
  });
  delete (variable as Partial<Variable>).dispose; // the class's own is back
}

export function ageOf(variable: Variable, holder: Holder): Age | undefined {
  return cells.get(variable)?.ages.get(holder);
}

/** The holder has just copied the value that TensorFlow.js has. */
export function copied(variable: Variable, holder: Holder): void {
  cells.get(variable)!.ages.set(holder, 'same');
}

/** The holder is about to change its value. */
export function changed(variable: Variable, holder: Holder): void {
  const { ages } = cells.get(variable)!;
  for (const other of ages.keys()) ages.set(other, 'older');
  ages.set(holder, 'newer');
}

/** The holder hands over its newer value; `value` stays the caller's. */
export function receive(variable: Variable, value: Tensor, holder: Holder): void {
  unwatched(() => variable.assign(value));
  cells.get(variable)!.ages.set(holder, 'same');
}

/** Makes sure that TensorFlow.js has the newest value. */
export function freshen(variable: Variable): void {
  const cell = cells.get(variable);
  if (!cell) return;
  for (const [holder, age] of cell.ages) if (age === 'newer') holder.fetchNewer();
}

function watch(variable: Variable, cell: Cell): void {
  Object.defineProperty(variable, 'dataId', {
    configurable: true,
    enumerable: true,
    get: () => {
      if (watching) freshen(variable);
      return cell.dataId;
    },
    set: (dataId: DataId) => {
      cell.dataId = dataId;
      if (watching) for (const holder of cell.ages.keys()) cell.ages.set(holder, 'older');
    },
  });
  variable.dispose = () => {
    const holders = [...cell.ages.keys()];
    unwatched(() => tf.Variable.prototype.dispose.call(variable));
    for (const holder of holders) {
      release(variable, holder);
      holder.forget(variable);
    }
  };
}
