import { once } from 'node:events';
import net from 'node:net';

/**
 * Ports of this machine that nobody listens on. They are below those that the kernel gives to outgoing connections (from 32768 on
 * Linux, ip(7)), one of which may otherwise take a port before its worker does.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
}

/** So many workers' addresses on this machine, as `127.0.0.1:12345`. */
export async function freeHosts(count: number): Promise<string[]> {
  return (await freePorts(count)).map((port) => `127.0.0.1:${port}`);
}

/** Whether a listener can have the port; none has it afterwards. */
export async function isFree(port: number): Promise<boolean> {
  const server = net.createServer().listen(port);
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return true;
}
