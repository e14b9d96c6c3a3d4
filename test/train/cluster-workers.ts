/** Starts the workers of a training as real processes, and listens to what they say. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { freeHosts } from '../../tools/free-ports';
import type { WorkerTask } from './cluster-training-program';

const PROGRAM = path.join(__dirname, 'cluster-training-program.ts');

/** What the program says at its end. */
export interface Outcome {
  readonly index: number;
  readonly stopped: string;
  readonly digest: string;
  /** Tensors left behind. */
  readonly left: number;
  readonly losses: readonly number[];
  readonly epochs: readonly {
    readonly loss: number;
    readonly valLoss?: number;
    readonly workers?: readonly object[];
  }[];
}

export type Line = {
  connected?: number;
  step?: number;
  message?: string;
  error?: string;
  kind?: string;
} & Partial<Outcome>;

export class WorkerProcess {
  readonly lines: Line[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #onLine = () => {};

  /** @param within a command that runs the program somewhere else, as in a network of its own */
  constructor(t: TestContext, task: WorkerTask, within: readonly string[] = []) {
    const [command, ...args] = [
      ...within,
      process.execPath,
      '--import',
      'tsx',
      PROGRAM,
      JSON.stringify(task),
    ];
    this.#child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => this.#child.kill('SIGKILL'));
    createInterface(this.#child.stdout!).on('line', (line) => {
      this.lines.push(JSON.parse(line));
      this.#onLine();
    });
    this.#ended = once(this.#child, 'close').then(([code]) => {
      this.#onLine();
      return code;
    });
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Resolves when it has taken that step. */
  async reaches(step: number): Promise<void> {
    while (!this.lines.some((line) => line.step !== undefined && line.step >= step)) {
      if (this.#child.exitCode !== null) throw new Error(`it ended: ${JSON.stringify(this.lines.at(-1))}`);
      await new Promise<void>((resolve) => {
        this.#onLine = resolve;
      });
    }
  }

  /** What it said last, and the exit code; null where a signal ended it. */
  async end(): Promise<{ code: number | null; last: Line }> {
    const code = await this.#ended;
    return { code, last: this.lines.at(-1) ?? {} };
  }
}

type Task = Omit<WorkerTask, 'hosts' | 'index'>;

/** @param own of single workers, where they are told something else */
export async function startWorkers(
  t: TestContext,
  size: number,
  task: Task,
  own: Readonly<Record<number, Partial<Task>>> = {},
): Promise<WorkerProcess[]> {
  const hosts = await freeHosts(size);
  return hosts.map((_, index) => new WorkerProcess(t, { hosts, index, ...task, ...own[index] }));
}

/** Trains to the end. */
export async function outcomes(t: TestContext, size: number, task: Task): Promise<Outcome[]> {
  const workers = await startWorkers(t, size, task);
  const ends = await Promise.all(workers.map((worker) => worker.end()));
  return ends.map(({ code, last }) => {
    if (code !== 0) throw new Error(`a worker ended with ${code}: ${JSON.stringify(last)}`);
    return last as Outcome;
  });
}
