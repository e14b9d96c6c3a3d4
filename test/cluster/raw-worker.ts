import { once } from 'node:events';
import net from 'node:net';
import type { Address } from '../../lib/src/cluster/addresses';
import { hello, type Message } from '../../lib/src/cluster/messages';
import { FrameReader, frameStart } from '../../lib/src/cluster/wire';

/** Somebody at a worker's door who speaks its language, but does only what a test wants. */
export class RawWorker {
  private constructor(
    readonly socket: net.Socket,
    private readonly messages: AsyncGenerator<Message>,
  ) {}

  /** Connects when somebody listens there. */
  static async at({ host, port }: Address): Promise<RawWorker> {
    for (;;) {
      const socket = net.connect(port, host);
      try {
        await once(socket, 'connect');
        socket.on('error', () => {}); // the other side may be gone at any time
        return new RawWorker(socket, messagesOf(socket));
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  say(message: Message): void {
    this.socket.write(frameStart(message));
  }

  /** What a worker says first. */
  greet(addresses: readonly Address[], index: number): void {
    this.say(hello(addresses, { index, token: 'raw' }));
  }

  /** The next message of that kind; undefined when the connection ends before. */
  async hear<Is extends Message['is']>(is: Is): Promise<Extract<Message, { is: Is }> | undefined> {
    for (;;) {
      const { done, value } = await this.messages.next();
      if (done) return undefined;
      if (value.is === is) return value as Extract<Message, { is: Is }>;
    }
  }
}

async function* messagesOf(socket: net.Socket): AsyncGenerator<Message> {
  const reader = new FrameReader({ head: 2 ** 20, body: 2 ** 20 });
  try {
    for await (const chunk of socket) {
      for (const { head } of reader.read(chunk as Buffer)) yield head as Message;
    }
  } catch {
    // reset by the other side, which is an end as well
  }
}
