import path from 'node:path';
import { freeHosts } from '../../free-ports';
import { endGroup, runCommand } from '../../setup/run-command.mjs';
import { type Answer, type Assignment, type ReportOf, type Task, taskName } from './task';

export interface WorkersOptions {
  readonly root: string;
  /** Takes what the workers print, errors included. */
  readonly log: string;
  /** CPUs; worker `index` runs on `cores[index]` and on no other. */
  readonly cores: readonly number[];
}

/**
 * Measures with so many workers, each in a process of its own on a core of its own. None is left, whatever happens.
 *
 * @returns worker 0's report
 * @throws Error with the words of the worker that failed first; the others are killed
 */
export async function runWorkers<T extends Task>(
  task: T,
  workers: number,
  { root, log, cores }: WorkersOptions,
): Promise<ReportOf<T>> {
  const hosts = await freeHosts(workers);
  const groups: (number | undefined)[] = [];

  async function run(index: number): Promise<ReportOf<T>> {
    const assignment = JSON.stringify({ task, hosts, index } satisfies Assignment);
    const program = path.join(root, 'tools', 'bench', 'cluster', 'worker.ts');
    const args = ['-c', String(cores[index]), process.execPath, '--import', 'tsx', program, assignment];
    const onChild = (pid: number | undefined) => {
      groups[index] = pid;
    };
    const { missing, output } = await runCommand('taskset', args, { cwd: root, log, onChild });
    if (missing) {
      const remedy = 'install util-linux, which has it';
      throw new Error(`cannot give each worker a core of its own; there is no taskset here; ${remedy}`);
    }
    const answer = answerIn<T>(output);
    if (answer && 'report' in answer) return answer.report;
    const words = answer?.error ?? 'it ended without a report';
    throw new Error(`worker ${index} of ${workers} failed on ${taskName(task)}: ${words}`);
  }

  const all = Array.from({ length: workers }, (_, index) => run(index));
  try {
    return (await Promise.all(all))[0];
  } catch (error) {
    for (const group of groups) endGroup(group, 'SIGKILL');
    await Promise.allSettled(all);
    throw error;
  }
}

/** The last line that is a JSON object of ours, among whatever else is printed. */
function answerIn<T extends Task>(output: string): Answer<T> | undefined {
  const line = output
    .split('\n')
    .filter((line) => /^\{"(report|error)":.*\}$/.test(line))
    .at(-1);
  return line === undefined ? undefined : (JSON.parse(line) as Answer<T>);
}
