import path from 'node:path';
import { runCommand } from '../setup/run-command.mjs';
import type { Measurement, Report, Runner } from './measurement';

/** Which program measures a runner, in Node or in the peers' Python. */
const PROGRAMS: Readonly<Record<Runner, 'child.ts' | 'keras_bench.py' | 'torch_bench.py'>> = {
  ours: 'child.ts',
  'ours-eager': 'child.ts',
  'ours-xla': 'child.ts',
  'ours-float16': 'child.ts',
  tfjs: 'child.ts',
  keras: 'keras_bench.py',
  'keras-jit': 'keras_bench.py',
  torch: 'torch_bench.py',
  'torch-compile': 'torch_bench.py',
  'torch-float16': 'torch_bench.py',
};

export interface ChildOptions {
  readonly root: string;
  /** Takes what the child prints, errors included. */
  readonly log: string;
  /** Of the peers' environment; undefined where no peer needs it. */
  readonly python?: string;
}

export function needsPython(runner: Runner): boolean {
  return PROGRAMS[runner].endsWith('.py');
}

/**
 * Measures in a process of its own, so that no runner inherits another's memory, threads or compiled code.
 *
 * @throws Error with the child's last words when it ends without a report
 */
export async function runChild(measurement: Measurement, options: ChildOptions): Promise<Report> {
  const { root, log, python } = options;
  const { runner, net, batch } = measurement;
  const [command, args] = needsPython(runner)
    ? [python!, ['-B', path.join(root, 'tools', 'peers', PROGRAMS[runner])]]
    : [process.execPath, ['--import', 'tsx', path.join(root, 'tools', 'bench', PROGRAMS[runner])]];
  const { ok, output } = await runCommand(command, [...args, JSON.stringify(measurement)], {
    cwd: root,
    log,
  });
  const report = ok ? reportIn(output) : undefined;
  if (report) return report;
  throw new Error(`${runner} failed on ${net}, batch ${batch}: ${lastWords(output)}`);
}

/** The last line that is a JSON object with a speed. */
export function reportIn(output: string): Report | undefined {
  const lines = output.split('\n').filter((line) => line.startsWith('{'));
  for (const line of lines.reverse()) {
    try {
      const report = JSON.parse(line) as Report;
      if (typeof report.msPerStep === 'number') return report;
    } catch {
      // another program's braces
    }
  }
  return undefined;
}

/** The line that names the error, in a stack of Python's or Node's. */
function lastWords(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const named = lines.filter((line) => /^(\w+\.)*\w*(Error|Exception)\b.*:/.test(line)).at(-1);
  return (named ?? lines.at(-1) ?? 'it printed nothing').slice(0, 300);
}
