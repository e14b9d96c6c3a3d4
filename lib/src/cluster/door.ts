import { randomUUID } from 'node:crypto';
import net from 'node:net';
import type { Address } from './addresses';
import { ClusterError } from './cluster-error';
import { Connection } from './connection';
import { type Hello, type Identity, isHello, isProbe, nameOf, type Probe } from './messages';

const FIRST_WORD_WITHIN = 5000; // milliseconds

/**
 * Where a worker is found until all are together: it listens on the worker's own port, answers probes, hands over who says hello,
 * and shows everybody else out.
 */
export class Door {
  /** Called with a worker's first word; without it nobody is let in. */
  onHello: ((connection: Connection, hello: Hello) => void) | undefined;
  /** Called with every probe, once it is answered. */
  onProbe: (probe: Probe) => void = () => {};
  private readonly strangers = new Set<Connection>();

  private constructor(
    private readonly server: net.Server,
    /** What probes are told. */
    readonly self: Identity,
  ) {
    server.on('connection', (socket) => this.greet(new Connection(socket)));
  }

  /**
   * Listens on all interfaces, as TensorFlow's server does later.
   *
   * @throws ClusterError 'port' if that cannot be
   */
  static open(addresses: readonly Address[], index: number): Promise<Door> {
    const server = net.createServer({ noDelay: true, keepAlive: true });
    return new Promise((resolve, reject) => {
      server.once('error', (cause) => reject(cannotListen(addresses, index, cause)));
      server.once('listening', () => {
        server.removeAllListeners('error');
        server.on('error', () => {}); // of accept(2), with no descriptors left: whoever came tries again
        resolve(new Door(server, { index, token: randomUUID() }));
      });
      server.listen(addresses[index].port);
    });
  }

  /** The port is free when it returns; the connections that were handed over live on. */
  close(): void {
    this.server.close();
    for (const stranger of this.strangers) stranger.drop();
    this.strangers.clear();
  }

  private greet(connection: Connection): void {
    const leave = () => {
      clearTimeout(timer);
      this.strangers.delete(connection);
    };
    const showOut = () => {
      leave();
      connection.drop();
    };
    const timer = setTimeout(showOut, FIRST_WORD_WITHIN).unref();
    this.strangers.add(connection);
    connection.onEnd = leave;
    connection.onMessage = (word) => {
      if (isHello(word) && this.onHello) {
        leave();
        this.onHello(connection, word);
      } else if (isProbe(word)) {
        connection.send({ is: 'here', ...this.self });
        this.onProbe(word);
      } else showOut();
    };
  }
}

function cannotListen(addresses: readonly Address[], index: number, cause: Error): ClusterError {
  const { code } = cause as NodeJS.ErrnoException;
  const { port } = addresses[index];
  const what = code === 'EADDRINUSE' ? 'is taken on this machine' : `cannot be listened on (${code})`;
  return new ClusterError(
    'port',
    `cannot train in a cluster; port ${port} of ${nameOf(addresses, index)} ${what}; ` +
      'end the program that has it, or give the worker another port',
    { cause },
  );
}
