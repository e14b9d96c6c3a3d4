import type { ClusterError } from './cluster-error';
import type { Connection } from './connection';
import { Heartbeat } from './heartbeat';
import { asMessage, faultOf, type Message } from './messages';

const PART_BYTES = 2 ** 20; // of a broadcast: small, for signs of life and faults must not wait behind it

/** What is said at a place in the program; the rest of the messages is dealt with as it comes. */
export type Word = Extract<Message, { is: 'waiting' | 'welcome' | 'say' | 'all' | 'leave' }> | BytesWord;

interface BytesWord {
  readonly is: 'bytes';
  readonly bytes: Uint8Array;
}

/** Why nothing more comes over a link. */
export type LinkEnd =
  /** Nobody said why: the worker is gone, in words that go on after its name. */
  | { readonly why: 'lost'; readonly how: string }
  /** The other side told of a fault. */
  | { readonly why: 'told'; readonly error: ClusterError }
  /** The other side said goodbye before. */
  | { readonly why: 'left' };

/** The connection to a worker that has said who it is: words in order, bytes, and whether it is still there. */
export class Link {
  /** Resolves at the first sign that the other side is gone; the connection may still be open then. */
  readonly ended: Promise<LinkEnd>;
  private readonly resolveEnded: (end: LinkEnd) => void;
  private readonly heartbeat: Heartbeat;
  private readonly words: Word[] = [];
  private waiting: { resolve(word: Word): void; reject(error: Error): void } | undefined;
  private closed: { readonly error: Error; readonly done: Promise<void> } | undefined;
  private hasLeft = false;
  private arriving: { readonly bytes: Buffer; filled: number } | undefined;

  constructor(
    private readonly connection: Connection,
    readonly name: string,
    silenceSeconds: number,
  ) {
    let resolveEnded!: (end: LinkEnd) => void;
    this.ended = new Promise((resolve) => {
      resolveEnded = resolve;
    });
    this.resolveEnded = resolveEnded;
    this.heartbeat = new Heartbeat(
      silenceSeconds,
      () => connection.send({ is: 'beat' }),
      () => this.lose(`was silent for ${silenceSeconds} s`),
    );
    connection.trust();
    connection.onMessage = (message, body) => this.receive(message, body);
    connection.onEnd = (how) => this.lose(how);
    if (connection.ended) this.lose('closed its connection without a goodbye');
  }

  /** The next word; asked for by one at a time. Rejects with what {@link close} was called with. */
  next(): Promise<Word> {
    const word = this.words.shift();
    if (word) return Promise.resolve(word);
    if (this.closed) return Promise.reject(this.closed.error);
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  /** Resolves when the kernel has it, or when the link has ended. */
  send(message: Message): Promise<void> {
    return this.connection.send(message);
  }

  /** Sends bytes without a copy, in parts that wait for the other side; they must not change until it resolves. */
  async sendBytes(bytes: Uint8Array): Promise<void> {
    await this.send({ is: 'bytes', length: bytes.length });
    for (let at = 0; at < bytes.length && !this.closed; at += PART_BYTES)
      await this.connection.send({ is: 'part' }, bytes.subarray(at, at + PART_BYTES));
  }

  /** Resolves when the connection is closed, within about a second. A word that is awaited is rejected with `error`. */
  close(error: Error): Promise<void> {
    if (!this.closed) {
      this.heartbeat.stop();
      this.closed = { error, done: this.connection.close() };
      this.waiting?.reject(error);
      this.waiting = undefined;
    }
    return this.closed.done;
  }

  /** Tells the other side of a fault and closes; resolves when it is told, or cannot be within a second. */
  async dismiss(error: ClusterError): Promise<void> {
    const told = this.send(asMessage(error));
    this.connection.close();
    await told;
    this.close(error);
  }

  private receive(message: Message, body: Buffer): void {
    this.heartbeat.heard();
    switch (message.is) {
      case 'fault':
        this.end({ why: 'told', error: faultOf(message.kind, message.message) });
        break;
      case 'bytes':
        this.arriving = { bytes: Buffer.allocUnsafeSlow(message.length), filled: 0 };
        this.fill(body); // which is all of them if there are none
        break;
      case 'part':
        this.fill(body);
        break;
      case 'leave':
        this.hasLeft = true;
        this.deliver(message);
        break;
      case 'waiting':
      case 'welcome':
      case 'say':
      case 'all':
        this.deliver(message);
        break;
    }
  }

  /** @throws Error if more comes than was promised, as for any other message that makes no sense */
  private fill(part: Buffer): void {
    const { arriving } = this;
    if (!arriving || arriving.filled + part.length > arriving.bytes.length) throw new Error('too many bytes');
    arriving.bytes.set(part, arriving.filled);
    arriving.filled += part.length;
    if (arriving.filled < arriving.bytes.length) return;
    this.arriving = undefined;
    this.deliver({ is: 'bytes', bytes: arriving.bytes });
  }

  private deliver(word: Word): void {
    if (this.waiting) this.waiting.resolve(word);
    else this.words.push(word);
    this.waiting = undefined;
  }

  private lose(how: string): void {
    this.end(this.hasLeft ? { why: 'left' } : { why: 'lost', how });
  }

  private end(end: LinkEnd): void {
    this.heartbeat.stop();
    this.resolveEnded(end);
  }
}
