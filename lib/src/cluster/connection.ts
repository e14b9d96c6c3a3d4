import type { Socket } from 'node:net';
import type { Message } from './messages';
import { type FrameLimits, FrameReader, frameStart } from './wire';

const STRANGER: FrameLimits = { head: 65_536, body: 0 }; // bytes; a hello with some thousand hosts
const MEMBER: FrameLimits = { head: 2 ** 27, body: 2 ** 20 }; // bytes; the values of all workers, a part of a broadcast
const CLOSE_WITHIN = 1000; // milliseconds

/** A socket that carries messages. Whoever is on the other side, nothing that he does throws. */
export class Connection {
  /** Called for every message, in order. */
  onMessage: (message: Message, body: Buffer) => void = () => {};
  /** Called once, with what happened in words: `closed its connection`. */
  onEnd: (how: string) => void = () => {};
  /** Whether nothing more comes. */
  ended = false;
  private readonly reader = new FrameReader(STRANGER);
  private error: Error | undefined;
  private closing: Promise<void> | undefined;

  constructor(private readonly socket: Socket) {
    socket.on('data', (chunk) => this.read(chunk));
    socket.on('error', (error) => {
      this.error = error;
    });
    socket.once('close', () => this.end(inWords(this.error)));
  }

  /** From now on long messages and bytes are accepted. */
  trust(): void {
    this.reader.limits = MEMBER;
  }

  /** Resolves when the message is the kernel's, or cannot be any more; the body must not change until then. */
  send(message: Message, body?: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      if (!this.socket.writable) return resolve();
      this.socket.cork();
      const start = frameStart(message, body?.length);
      this.socket.write(start, body?.length ? undefined : () => resolve());
      if (body?.length) this.socket.write(body, () => resolve());
      this.socket.uncork();
    });
  }

  /** Sends what is on its way, and ends within a second; nothing is called any more. */
  close(): Promise<void> {
    this.ended = true;
    this.closing ??= new Promise((resolve) => {
      if (this.socket.closed) return resolve();
      const timer = setTimeout(() => this.socket.destroy(), CLOSE_WITHIN).unref();
      this.socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      this.socket.end();
    });
    return this.closing;
  }

  /** Ends at once; nothing is called any more. */
  drop(): void {
    this.ended = true;
    this.socket.destroy();
  }

  private read(chunk: Buffer): void {
    if (this.ended) return;
    try {
      for (const { head, body } of this.reader.read(chunk)) {
        if (this.ended) return;
        this.onMessage(head as Message, body);
      }
    } catch (error) {
      this.end(`sent what is not understood: ${(error as Error).message}`);
      this.socket.destroy();
    }
  }

  private end(how: string): void {
    if (this.ended) return;
    this.ended = true;
    this.onEnd(how);
  }
}

/** What a kernel says for a process that has ended: with what it had not read yet, or to what is still sent to it. */
const ENDED = ['ECONNRESET', 'EPIPE'];

function inWords(error: NodeJS.ErrnoException | undefined): string {
  if (!error || ENDED.includes(error.code ?? '')) return 'closed its connection without a goodbye';
  return `lost its connection (${error.code ?? error.message})`;
}
