import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');

export interface Walkthrough {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

/** `npm start -- ARGV` after its set-up, as a process of its own. */
export function start(...argv: string[]): Walkthrough {
  return startWith({}, ...argv);
}

/** The same with more in its environment. */
export function startWith(environment: NodeJS.ProcessEnv, ...argv: string[]): Walkthrough {
  const main = path.join(ROOT, 'tools', 'run-notebooks', 'main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...argv], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  return { child, ended: new Promise((done) => child.on('close', (code) => done({ code, stdout, stderr }))) };
}
