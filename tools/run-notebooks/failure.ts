/** How a cell can fail, in words. */
import { stripVTControlCharacters } from 'node:util';
import type { Ending } from './kernel-process';

export type FailureKind =
  | 'thrown'
  | 'type error'
  | 'unhandled rejection'
  | 'uncaught exception'
  | 'no kernel'
  | 'kernel ended'
  | 'time-out'
  | 'interrupted'
  | 'no error';

export interface CellFailure {
  readonly kind: FailureKind;
  /** What happened, the error's own text included; the first line alone makes sense. */
  readonly message: string;
}

/** tslab's form of a compiler message: `1:7 - Type 'string' is not assignable to type 'number'.` */
const DIAGNOSTIC = /^(\S+ )?\d+:\d+ - /;

/**
 * The failure behind a reply with status `error`, which carries no text: tslab prints it to stderr.
 *
 * @param printed what the cell printed to stderr, a string each write
 */
export function errorReply(printed: readonly string[]): CellFailure {
  const diagnostics = printed.filter((text) => DIAGNOSTIC.test(text));
  // Nothing runs when the types are wrong, so there is nothing but diagnostics.
  if (diagnostics.length > 0 && diagnostics.length === printed.length) {
    return { kind: 'type error', message: clean(diagnostics.join('')) };
  }
  return { kind: 'thrown', message: clean(printed.at(-1) ?? 'the kernel gave no reason') };
}

/** The failure that the kernel told its runner about beside the Jupyter protocol. */
export function reported(kind: 'rejection' | 'uncaught', text: string): CellFailure {
  return { kind: kind === 'rejection' ? 'unhandled rejection' : 'uncaught exception', message: clean(text) };
}

export function kernelEnded({ code, signal, printed }: Ending): CellFailure {
  const message = [endOf(code, signal), clean(printed)].filter(Boolean).join('\n');
  return { kind: 'kernel ended', message };
}

function endOf(code: Ending['code'], signal: Ending['signal']): string {
  if (signal !== null)
    return `the kernel was ended by ${signal}${signal === 'SIGKILL' ? '; out of memory?' : ''}`;
  if (code === null) return 'its process could not be started';
  return `the kernel ended with exit code ${code}; process.exit in a cell?`;
}

export function timedOut(milliseconds: number): CellFailure {
  return { kind: 'time-out', message: `the cell did not end within ${milliseconds / 1000} seconds` };
}

export const INTERRUPTED: CellFailure = { kind: 'interrupted', message: 'the run was interrupted' };

/** Of a cell tagged `raises-exception`. */
export const NO_ERROR: CellFailure = {
  kind: 'no error',
  message: 'the cell is tagged raises-exception, but it raised none',
};

/** Stack lines inside the kernel, and positions in what it made of a cell, say nothing about the notebook. */
const KERNEL_FRAME =
  /^\s+at .*(tslab[\\/]dist[\\/]|node:vm:|node:internal|sigintHandlersWrap|evalmachine\.<anonymous>)/;

/** Node's excerpt of the compiled code, from its position to the line of carets; the reader sees the cell's source instead. */
const EXCERPT = /^\S+:\d+\n[^\n]*\n\s*\^+\n\n/gm;

/** A printed error without what concerns the kernel alone. */
export function clean(text: string): string {
  const lines = stripVTControlCharacters(text).replace(EXCERPT, '').trim().split('\n');
  return lines.filter((line) => !KERNEL_FRAME.test(line)).join('\n');
}
