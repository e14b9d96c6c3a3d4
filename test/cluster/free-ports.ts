import { freePorts } from '../../tools/free-ports';

/** Addresses of so many workers on this machine. */
export async function freeAddresses(count: number): Promise<{ host: string; port: number }[]> {
  return (await freePorts(count)).map((port) => ({ host: '127.0.0.1', port }));
}
