import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';

export interface JupyterServer {
  /** `http://127.0.0.1:PORT/`. */
  readonly url: string;
  readonly token: string;
  stop(): Promise<void>;
}

export interface JupyterOptions {
  readonly jupyter: string;
  /** The folder that JupyterLab opens. */
  readonly folder: string;
  /** Where Jupyter may keep its settings and runtime files, so that the user's own stay untouched. */
  readonly stateFolder: string;
  readonly environment: Record<string, string>;
}

const STARTUP_SECONDS = 60;

/** Starts JupyterLab on a free port of the loopback interface and waits until it answers. */
export async function startJupyter(options: JupyterOptions): Promise<JupyterServer> {
  const runtime = path.join(options.stateFolder, 'runtime');
  fs.mkdirSync(runtime, { recursive: true });
  const server = spawn(
    options.jupyter,
    ['lab', '--no-browser', '--allow-root', '--ip=127.0.0.1', '--port=0'],
    {
      cwd: options.folder,
      detached: true, // a process group of its own: its kernels end with it
      env: {
        ...process.env,
        ...options.environment,
        JUPYTER_RUNTIME_DIR: runtime,
        JUPYTER_CONFIG_DIR: path.join(options.stateFolder, 'config'),
        JUPYTERLAB_SETTINGS_DIR: path.join(options.stateFolder, 'settings'),
        JUPYTERLAB_WORKSPACES_DIR: path.join(options.stateFolder, 'workspaces'),
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let log = '';
  server.stderr?.on('data', (chunk) => {
    log += chunk;
  });
  const deadline = Date.now() + STARTUP_SECONDS * 1000;
  while (Date.now() < deadline && server.exitCode === null) {
    const found = readServerFile(runtime);
    if (found && (await answers(`${found.url}api?token=${found.token}`))) {
      return { ...found, stop: () => stop(server) };
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await stop(server);
  throw new Error(`cannot start JupyterLab; no answer within ${STARTUP_SECONDS} s:\n${log}`);
}

/** Jupyter describes every running server in a `jpserver-PID.json` of its runtime folder. */
function readServerFile(runtime: string): { url: string; token: string } | undefined {
  const file = fs.readdirSync(runtime).find((name) => /^jpserver-\d+\.json$/.test(name));
  if (!file) return undefined;
  try {
    const { port, token } = JSON.parse(fs.readFileSync(path.join(runtime, file), 'utf8'));
    return { url: `http://127.0.0.1:${port}/`, token };
  } catch {
    return undefined; // being written
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  process.kill(-server.pid!, 'SIGTERM'); // Jupyter shuts its kernels down and ends
  const patience = setTimeout(() => process.kill(-server.pid!, 'SIGKILL'), 10_000);
  await ended;
  clearTimeout(patience);
}
