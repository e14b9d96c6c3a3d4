import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { type CellFailure, reported } from './failure';

/** How a kernel's process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what the process itself printed, e.g. by a native library. */
  readonly printed: string;
}

type Report = { kind: 'rejection' | 'uncaught'; text: string } | { kind: 'echo'; echo: number };

const PRINTED_KEPT = 4_000; // characters

/** A tslab kernel's process, the leader of its own process group: a terminal's Ctrl-C does not reach it. */
export class KernelProcess {
  /** Unhandled rejections and uncaught exceptions, in order. */
  readonly failures: CellFailure[] = [];
  readonly ended: Promise<Ending>;
  private readonly child: ChildProcess;
  private readonly echoes = new Map<number, () => void>();
  /** The end of what the process itself printed so far. */
  printed = '';

  constructor(connectionFile: string, cwd: string, env: NodeJS.ProcessEnv) {
    const tslab = path.join(path.dirname(require.resolve('tslab/package.json')), 'bin', 'tslab');
    const preload = path.join(__dirname, 'kernel-preload.cjs');
    this.child = spawn(
      process.execPath,
      ['--require', preload, tslab, 'kernel', '--config-path', connectionFile],
      { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
    );
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.printed = (this.printed + text).slice(-PRINTED_KEPT);
      });
    }
    this.child.on('message', (report: Report) => {
      if (report.kind === 'echo') this.echoes.get(report.echo)?.();
      else this.failures.push(reported(report.kind, report.text));
    });
    this.ended = new Promise((resolve) => {
      this.child.on('error', (error) => resolve({ code: null, signal: null, printed: error.message }));
      this.child.on('exit', (code, signal) => resolve({ code, signal, printed: this.printed }));
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Resolves when everything has arrived that the process reported before it answers this. */
  async catchUp(): Promise<void> {
    const echo = this.echoes.size;
    await new Promise<void>((resolve) => {
      this.echoes.set(echo, resolve);
      this.child.send(echo, () => {}); // a process that ended resolves `ended` instead
    });
  }

  interrupt(): void {
    this.child.kill('SIGINT');
  }

  /** Ends the process and everything in its group, at once. */
  async kill(): Promise<void> {
    try {
      if (this.child.pid) process.kill(-this.child.pid, 'SIGKILL'); // it has none where it could not be started
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    await this.ended;
  }
}
