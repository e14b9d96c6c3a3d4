import fs from 'node:fs/promises';
import { networkFault } from './network-fault';

/** How far a download is. */
export interface DownloadProgress {
  /** What lies in the file, what an earlier run left included. */
  readonly bytes: number;
  readonly totalBytes: number;
  /** Averaged over this run. */
  readonly bytesPerSecond: number;
}

export interface FetchOptions {
  /** Size of the whole file; a server that offers another is refused. */
  readonly totalBytes: number;
  /** Called at most five times a second, and once at the end. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly signal?: AbortSignal;
  /** How long the server may take to answer; default 5,000. */
  readonly connectMilliseconds?: number;
  /** How long a transfer may stand still; default 30,000. */
  readonly stallMilliseconds?: number;
}

const PROGRESS_EVERY = 200; // milliseconds

/**
 * Fetches `url` into `file`, going on after the bytes that are already there where the server allows it, and from the
 * beginning where it does not. Returns once `totalBytes` are there; what arrived before a fault stays in the file.
 *
 * @throws the signal's reason once it aborts
 * @throws Error with the fault in words: no network, an HTTP status, a transfer that ended early or stood still
 */
export async function fetchToFile(url: string, file: string, options: FetchOptions): Promise<void> {
  const { totalBytes, connectMilliseconds = 5_000, stallMilliseconds = 30_000 } = options;
  const there = await sizeOf(file);
  if (there >= totalBytes) return;
  const deadline = new Deadline(options.signal);
  try {
    deadline.within(connectMilliseconds, `no answer within ${connectMilliseconds / 1000} s`);
    const headers: Record<string, string> = { 'accept-encoding': 'identity' };
    if (there > 0) headers.range = `bytes=${there}-`;
    const response = await fetch(url, { headers, signal: deadline.signal });
    const from = firstByte(response, there, totalBytes);
    const stillAlive = () =>
      deadline.within(stallMilliseconds, `nothing arrived for ${stallMilliseconds / 1000} s`);
    await append(response, file, from, options, stillAlive);
  } catch (error) {
    if (deadline.signal.aborted) throw deadline.signal.reason;
    throw new Error(networkFault(error, url), { cause: error });
  } finally {
    deadline.end();
  }
}

/** 0 when there is no such file. */
export async function sizeOf(file: string): Promise<number> {
  try {
    return (await fs.stat(file)).size;
  } catch {
    return 0;
  }
}

/** Aborts when the outer signal does, or when the last deadline set has passed. */
class Deadline {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private readonly passOn = () => this.controller.abort(this.outer?.reason);

  constructor(private readonly outer: AbortSignal | undefined) {
    outer?.throwIfAborted();
    outer?.addEventListener('abort', this.passOn, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  within(milliseconds: number, complaint: string): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.controller.abort(new Error(complaint)), milliseconds);
  }

  /** Lets go of everything; what still runs of the request is dropped. */
  end(): void {
    clearTimeout(this.timer);
    this.outer?.removeEventListener('abort', this.passOn);
    this.controller.abort();
  }
}

/** The offset at which the body of `response` starts: `asked` or 0. */
function firstByte(response: Response, asked: number, totalBytes: number): number {
  const { status, headers } = response;
  if (status !== 200 && status !== 206)
    throw new Error(`HTTP status ${status} ${response.statusText}`.trim());
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '');
  if (status === 206 && Number(range?.[1]) !== asked) {
    throw new Error(`asked for the bytes from ${asked} on, got "${headers.get('content-range')}"`);
  }
  const length = headers.get('content-length');
  const offered = status === 206 ? Number(range?.[2]) : Number(length ?? totalBytes);
  if (offered !== totalBytes) {
    throw new Error(`the server's file has ${offered} bytes, expected ${totalBytes}`);
  }
  return status === 206 ? asked : 0;
}

async function append(
  response: Response,
  file: string,
  from: number,
  { totalBytes, onProgress }: FetchOptions,
  stillAlive: () => void,
): Promise<void> {
  const begun = performance.now();
  let reported = Number.NEGATIVE_INFINITY;
  let bytes = from;
  const report = (now: number) => {
    reported = now;
    const seconds = Math.max(now - begun, 1) / 1000;
    onProgress?.({ bytes, totalBytes, bytesPerSecond: (bytes - from) / seconds });
  };
  const to = await fs.open(file, from === 0 ? 'w' : 'a');
  try {
    stillAlive();
    const reader = response.body?.getReader();
    for (;;) {
      const chunk = (await reader?.read())?.value;
      if (chunk === undefined) break;
      stillAlive();
      if (bytes + chunk.length > totalBytes)
        throw new Error(`more than the expected ${totalBytes} bytes arrived`);
      await to.appendFile(chunk);
      bytes += chunk.length;
      const now = performance.now();
      if (now - reported >= PROGRESS_EVERY) report(now);
    }
  } finally {
    await to.close();
  }
  if (bytes < totalBytes) throw new Error(`the connection ended after ${bytes} of ${totalBytes} bytes`);
  report(performance.now());
}
