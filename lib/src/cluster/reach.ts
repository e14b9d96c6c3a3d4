import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from './addresses';
import { Connection } from './connection';
import type { Identity } from './messages';

const ATTEMPT = 3000; // milliseconds that a connection, or an answer, may take
const PAUSES = { first: 50, longest: 1000 }; // milliseconds between two attempts

export interface ReachOptions {
  /** When to give up, by performance.now(). */
  readonly until: number;
  readonly signal?: AbortSignal;
}

/** Nobody answered at an address; the message is a clause: `connection refused`. */
export class Unreached extends Error {
  /** @param isUnknown whether the host's name did not resolve */
  constructor(
    message: string,
    readonly isUnknown: boolean,
  ) {
    super(message);
  }
}

/**
 * Connects to an address, again and again until somebody is there: a worker may start later, and so may its host's name.
 *
 * @param talk what must come out well, too, for the attempt to count; it need not close the connection
 * @throws Unreached with the last attempt's fault, once the time is up
 * @throws the signal's reason once it aborts
 */
export async function reach<T>(
  address: Address,
  { until, signal }: ReachOptions,
  talk: (connection: Connection) => Promise<T>,
): Promise<T> {
  let pause = PAUSES.first;
  for (;;) {
    signal?.throwIfAborted();
    const left = () => until - performance.now();
    try {
      return await talk(await connect(address, Math.min(Math.max(left(), PAUSES.first), ATTEMPT)));
    } catch (error) {
      if (left() <= 0) throw unreached(error);
    }
    await sleep(Math.min(pause, Math.max(left(), 0)), undefined, { signal });
    pause = Math.min(pause * 1.5, PAUSES.longest);
  }
}

/**
 * Asks who answers at an address; all that a worker needs to know of the others before TensorFlow connects to them.
 *
 * @throws as {@link reach}
 */
export function probe(address: Address, self: Identity, options: ReachOptions): Promise<Identity> {
  return reach(address, options, (connection) => ask(connection, self));
}

async function ask(connection: Connection, self: Identity): Promise<Identity> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Identity>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error('no answer')), ATTEMPT);
      connection.onEnd = (how) => reject(new Error(`the other side ${how}`));
      connection.onMessage = (message) => {
        if (message.is === 'here') resolve(message);
      };
      connection.send({ is: 'probe', ...self });
    });
  } finally {
    clearTimeout(timer);
    connection.drop();
  }
}

function connect({ host, port }: Address, milliseconds: number): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port, noDelay: true, keepAlive: true });
    let code = net.isIP(host) ? 'ETIMEDOUT' : 'EAI_AGAIN'; // of an attempt that takes too long
    socket.once('lookup', () => {
      code = 'ETIMEDOUT';
    });
    const timer = setTimeout(() => socket.destroy(Object.assign(new Error(code), { code })), milliseconds);
    socket.once('close', () => clearTimeout(timer));
    socket.once('error', reject);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', reject);
      if (!isSelf(socket)) return resolve(new Connection(socket));
      socket.resetAndDestroy(); // a proper end would keep the port for a minute from who is to listen on it
      reject(Object.assign(new Error('itself'), { code: 'ECONNREFUSED' }));
    });
  });
}

/** A port that nobody listens on, and that the kernel chose for this end as well: TCP connects it to itself (RFC 9293, 3.5). */
function isSelf(socket: net.Socket): boolean {
  return socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress;
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to its network',
  ETIMEDOUT: 'no answer',
  ENOTFOUND: "the host's name does not resolve",
  EAI_AGAIN: 'no name service answers',
};

function unreached(error: unknown): Unreached {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new Unreached(WORDS[code] ?? message, code === 'ENOTFOUND' || code === 'EAI_AGAIN');
}
