import fs from 'node:fs';
import path from 'node:path';
import type { ProfiledStep } from './profile';

/** One line of a trace: a thread of a device, and a complete event ("X") on it. */
interface TraceEvent {
  readonly ph: 'X' | 'M';
  readonly name: string;
  readonly cat?: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly ts?: number;
  readonly dur?: number;
  readonly args: Readonly<Record<string, string | number>>;
}

/**
 * A profile in Chrome's Trace Event Format, which chrome://tracing, Perfetto and Speedscope open.
 *
 * Source: "Trace Event Format", the document of the Chromium project.
 */
export function chromeTrace({ ops }: ProfiledStep): { readonly traceEvents: readonly TraceEvent[] } {
  const laneOf = lanes();
  const devices = [...new Set(ops.map(({ device }) => device))];
  const names = devices.map((device, pid): TraceEvent => {
    return { ph: 'M', name: 'process_name', pid, tid: 0, args: { name: device } };
  });
  const events = ops.map(({ op, node, layer, pass, start, duration, device }): TraceEvent => {
    return {
      ph: 'X',
      name: op,
      cat: pass,
      pid: devices.indexOf(device),
      tid: laneOf(device, start, start + duration),
      ts: start,
      dur: duration,
      args: { node, layer, pass },
    };
  });
  return { traceEvents: [...names, ...events] };
}

/**
 * Which of a device's rows an operation is drawn in: the first that is free. TensorFlow does not tell the threads of a processor,
 * and a row must not hold two operations at once.
 */
function lanes(): (device: string, start: number, end: number) => number {
  const ends = new Map<string, number[]>(); // of the last operation in every row
  return (device, start, end) => {
    const rows = ends.get(device) ?? [];
    ends.set(device, rows);
    const free = rows.findIndex((last) => last <= start);
    const row = free < 0 ? rows.length : free;
    rows[row] = end;
    return row;
  };
}

/** Writes {@link chromeTrace} to a file, whole or not at all. */
export function saveChromeTrace(step: ProfiledStep, file: string): void {
  const partial = `${file}.${process.pid}.part`;
  fs.mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  try {
    fs.writeFileSync(partial, JSON.stringify(chromeTrace(step)));
    fs.renameSync(partial, file);
  } finally {
    fs.rmSync(partial, { force: true });
  }
}
