import { setTimeout as sleep } from 'node:timers/promises';
import { type CellFailure, errorReply, INTERRUPTED, kernelEnded, timedOut } from './failure';
import { KernelProcess } from './kernel-process';
import { Connection } from './protocol/connection';
import { type Displays, type Output, takeOutput } from './protocol/outputs';

export interface KernelOptions {
  /** The notebook's folder: modules are resolved from here. */
  readonly cwd: string;
  /** Default: this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** Ends the kernel while it starts. */
  readonly signal?: AbortSignal;
}

export interface ExecuteOptions {
  /** Sees each output as it is added or changed. */
  readonly onOutput?: (output: Output) => void;
  /** Ends the kernel when the cell takes longer; default: no limit. */
  readonly timeoutMs?: number;
  /** Ends the kernel. */
  readonly signal?: AbortSignal;
}

export interface CellResult {
  readonly executionCount: number | null;
  /** Goes on changing when a later cell updates a display of this one, or something prints late. */
  readonly outputs: Output[];
  /** Undefined when all went well. */
  readonly failure?: CellFailure;
  readonly seconds: number;
}

export interface Kernel {
  readonly pid: number;
  /** Runs one cell; never rejects for what the cell does. After an interruption, a time-out or its own end the kernel is gone. */
  execute(code: string, options?: ExecuteOptions): Promise<CellResult>;
  /** What Jupyter's stop button does. */
  interrupt(): void;
  /** Ends the kernel; waits shortly for what still runs in it. Resolves with the first failure since the last cell. */
  shutdown(): Promise<CellFailure | undefined>;
  /** Ends the kernel and all that it started, at once. */
  kill(): Promise<void>;
}

const START_LIMIT = 60_000; // ms until the kernel has its sockets; 1 to 2 s on an idle machine
const ANSWER_LIMIT = 15_000; // ms from then until it answers, 0.1 s; at another attempt twice as many, for the machine may be busy
const ATTEMPTS = 3; // about one kernel in some hundreds never answers: tslab reads its sockets while it still binds them
const SHUTDOWN_LIMIT = 1_000; // ms for timers and promises that no cell waited for
const ABORTED_PAUSE = 50; // ms; tslab refuses cells for 200 ms after one that failed

/**
 * Starts a tslab kernel of this checkout and waits until it answers.
 *
 * @throws Error when it ends before, with what it printed, when it does not answer, or when the signal aborts
 */
export async function startKernel({ cwd, env = process.env, signal }: KernelOptions): Promise<Kernel> {
  for (let attempt = 1; ; attempt++) {
    const connection = new Connection();
    const kernelProcess = new KernelProcess(connection.file, cwd, env);
    const kernel = new TslabKernel(connection, kernelProcess);
    const failure = await kernel.ready(ANSWER_LIMIT * 2 ** (attempt - 1), signal);
    if (!failure) return kernel;
    await kernel.kill();
    if (failure.kind === 'time-out' && attempt < ATTEMPTS) continue;
    const message =
      failure.kind === 'time-out' ? `it does not answer\n${kernelProcess.printed}` : failure.message;
    throw new Error(`cannot start the tslab kernel; ${message.trim()}`);
  }
}

class TslabKernel implements Kernel {
  private readonly displays: Displays = new Map();
  private killed: Promise<void> | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly process: KernelProcess,
  ) {}

  get pid(): number {
    return this.process.pid;
  }

  /** Resolves when the kernel answers, or with the reason why it does not. */
  async ready(answerLimit: number, signal?: AbortSignal): Promise<CellFailure | undefined> {
    const { failure } = await this.unlessStopped(this.connection.open(), START_LIMIT, signal);
    return failure ?? (await this.unlessStopped(this.firstAnswer(), answerLimit, signal)).failure;
  }

  /** A subscription takes effect some time after the kernel is up; until then what it publishes is lost, so ask again. */
  private async firstAnswer(): Promise<void> {
    let answered = false;
    while (!answered && !this.killed) {
      const answer = this.connection.catchUp().then(() => {
        answered = true;
      });
      await Promise.race([answer, sleep(200)]);
    }
    await this.process.catchUp();
    this.process.failures.length = 0; // no cell has run: they are tslab's own
  }

  async execute(code: string, { onOutput, timeoutMs, signal }: ExecuteOptions = {}): Promise<CellResult> {
    const start = performance.now();
    const outputs: Output[] = [];
    const printed: string[] = [];
    const run = async () => {
      for (;;) {
        const reply = await this.connection.ask('execute_request', executeContent(code), (message) => {
          const output = takeOutput(message, outputs, this.displays);
          if (output?.output_type === 'stream' && output.name === 'stderr') {
            printed.push(String(message.content.text));
          }
          if (output) onOutput?.(output);
        });
        await this.connection.catchUp();
        await this.process.catchUp();
        if (reply.content.status !== 'abort') return reply.content;
        await sleep(ABORTED_PAUSE);
      }
    };
    const { value, failure } = await this.unlessStopped(run(), timeoutMs, signal);
    const seconds = (performance.now() - start) / 1000;
    if (failure) {
      await this.kill();
      return { executionCount: null, outputs, failure, seconds };
    }
    return {
      executionCount: (value?.execution_count as number | undefined) ?? null,
      outputs,
      failure: value?.status === 'error' ? errorReply(printed) : this.process.failures.shift(),
      seconds,
    };
  }

  interrupt(): void {
    this.process.interrupt();
  }

  async shutdown(): Promise<CellFailure | undefined> {
    this.connection.ask('shutdown_request', { restart: false });
    await Promise.race([this.process.ended, sleep(SHUTDOWN_LIMIT)]);
    await this.kill();
    return this.process.failures.shift();
  }

  kill(): Promise<void> {
    this.killed ??= this.process.kill().finally(() => this.connection.close());
    return this.killed;
  }

  /** What the kernel does, or why it cannot come to its end. */
  private async unlessStopped<T>(
    promise: Promise<T>,
    timeoutMs?: number,
    signal?: AbortSignal,
  ): Promise<{ value?: T; failure?: CellFailure }> {
    const done = new AbortController();
    const stopped: Promise<{ failure: CellFailure }>[] = [
      this.process.ended.then(async (ending) => {
        await sleep(50); // what it published last may still be on its way
        return { failure: kernelEnded(ending) };
      }),
    ];
    if (timeoutMs !== undefined) {
      stopped.push(sleep(timeoutMs, { failure: timedOut(timeoutMs) }, { signal: done.signal }));
    }
    if (signal) {
      stopped.push(
        new Promise((resolve) => {
          const stop = () => resolve({ failure: INTERRUPTED });
          if (signal.aborted) stop();
          else signal.addEventListener('abort', stop, { once: true, signal: done.signal });
        }),
      );
    }
    for (const stop of stopped) stop.catch(() => {}); // the time-out's own end, once it is not needed
    try {
      return await Promise.race([promise.then((value) => ({ value })), ...stopped]);
    } finally {
      done.abort();
    }
  }
}

function executeContent(code: string): Record<string, unknown> {
  return {
    code,
    silent: false,
    store_history: true,
    user_expressions: {},
    allow_stdin: false,
    stop_on_error: true,
  };
}
