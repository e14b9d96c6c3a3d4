import { randomBytes, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Dealer, Subscriber } from 'zeromq';
import { decode, encode, type Message, request } from './wire';

/** Linux takes 107 bytes for a socket's path; what follows the folder needs fewer than 30 of them. */
const LONGEST_FOLDER = 75;

const CHANNELS = { shell_port: 1, iopub_port: 2, stdin_port: 3, control_port: 4, hb_port: 5 };

/**
 * A client's end of the sockets to one kernel: Unix sockets in a folder that only this user can enter. Unlike TCP ports, no
 * other process can take them between being chosen and being bound, and nothing listens on a network.
 */
export class Connection {
  readonly folder: string;
  /** The connection file that the kernel is started with. */
  readonly file: string;
  private readonly key = randomBytes(32).toString('hex');
  private readonly session = randomUUID();
  private readonly shell = new Dealer({ linger: 0, reconnectInterval: 20 });
  private readonly published = new Subscriber({ linger: 0, reconnectInterval: 20, receiveHighWaterMark: 0 });
  private readonly replies = new Map<string, (reply: Message) => void>();
  private readonly listeners = new Map<string, (message: Message) => void>();
  private sending: Promise<void> = Promise.resolve();
  private closed = false;

  constructor() {
    const parent = os.tmpdir().length <= LONGEST_FOLDER ? os.tmpdir() : '/tmp';
    this.folder = fs.mkdtempSync(path.join(parent, 'run-notebooks-'));
    this.file = path.join(this.folder, 'connection.json');
    const content = {
      transport: 'ipc',
      ip: path.join(this.folder, 'socket'),
      key: this.key,
      signature_scheme: 'hmac-sha256',
      ...CHANNELS,
    };
    fs.writeFileSync(this.file, JSON.stringify(content), { mode: 0o600 });
    this.receive(this.shell, (message) => {
      const id = message.parent.msg_id ?? '';
      this.replies.get(id)?.(message);
      this.replies.delete(id);
    });
    this.receive(this.published, (message) => this.listeners.get(message.parent.msg_id ?? '')?.(message));
  }

  /**
   * Connects once the kernel has made all of its sockets. A request that comes while it still binds some of them can fail
   * inside tslab, or leave its sockets deaf.
   */
  async open(): Promise<void> {
    const addresses = Object.values(CHANNELS).map((port) => path.join(this.folder, `socket:${port}`));
    while (!addresses.every((address) => fs.existsSync(address))) {
      if (this.closed) return;
      await sleep(20);
    }
    if (this.closed) return;
    this.shell.connect(`ipc://${addresses[0]}`);
    this.published.connect(`ipc://${addresses[1]}`);
    this.published.subscribe();
  }

  /**
   * Sends a request; resolves with its reply, or never when the kernel ends before.
   *
   * @param onPublished sees every message that the kernel publishes because of this request, also after its reply
   */
  ask(
    type: string,
    content: Record<string, unknown>,
    onPublished?: (message: Message) => void,
  ): Promise<Message> {
    const message = request(type, this.session, content);
    const id = message.header.msg_id;
    if (onPublished) this.listeners.set(id, onPublished);
    const reply = new Promise<Message>((resolve) => this.replies.set(id, resolve));
    // One send at a time: a socket refuses a second one while the first waits for the kernel to appear.
    this.sending = this.sending.then(() => this.shell.send(encode(message, this.key))).catch(() => {});
    return reply;
  }

  /** Resolves when everything has arrived that the kernel published before it answers this. */
  async catchUp(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.ask('kernel_info_request', {}, ({ header, content }) => {
        if (header.msg_type === 'status' && content.execution_state === 'idle') resolve();
      });
    });
  }

  close(): void {
    this.closed = true;
    this.shell.close();
    this.published.close();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  private async receive(socket: Dealer | Subscriber, take: (message: Message) => void): Promise<void> {
    for await (const frames of socket) take(decode(frames as Buffer[], this.key));
  }
}
