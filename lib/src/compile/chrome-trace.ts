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
  const devices = [...new Set(ops.map(({ device }) => device))];
  const names = devices.map((device, pid): TraceEvent => {
    return { ph: 'M', name: 'process_name', pid, tid: 0, args: { name: device } };
  });
  const events = ops.map(({ op, node, layer, pass, start, duration, thread, device }): TraceEvent => {
    return {
      ph: 'X',
      name: op,
      cat: pass,
      pid: devices.indexOf(device),
      tid: thread,
      ts: start,
      dur: duration,
      args: { node, layer, pass },
    };
  });
  return { traceEvents: [...names, ...events] };
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
