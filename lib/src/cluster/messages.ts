/** The words of the meeting: what the head of a frame can be. */
import { type Address, formatAddress } from './addresses';
import { ClusterError, type ClusterFault, EXIT_CODES } from './cluster-error';

const PROTOCOL = 1; // one more whenever a message changes

/** Which worker speaks. */
export interface Identity {
  readonly index: number;
  /** Tells it from another one of the same index. */
  readonly token: string;
}

/** The first word of a worker to worker 0. */
export interface Hello extends Identity {
  readonly is: 'hello';
  readonly protocol: number;
  /** Of all workers, as this one was told. */
  readonly hosts: readonly string[];
}

/** The first word of a worker that only wants to know who answers at an address. */
export interface Probe extends Identity {
  readonly is: 'probe';
}

/** The answer to a probe. */
export interface Here extends Identity {
  readonly is: 'here';
}

export type Message =
  | Hello
  | Probe
  | Here
  /** Worker 0 has taken note of the hello, and awaits these. */
  | { readonly is: 'waiting'; readonly missing: readonly string[] }
  /** Worker 0: all are there. */
  | { readonly is: 'welcome' }
  /** Nothing but a sign of life. */
  | { readonly is: 'beat' }
  /** The end for everyone, in one sentence. */
  | { readonly is: 'fault'; readonly kind: ClusterFault; readonly message: string }
  /** Where in the program a worker other than 0 is, and its value there. */
  | { readonly is: 'say'; readonly at: string; readonly value?: unknown }
  /** Worker 0: the values of all of them. */
  | { readonly is: 'all'; readonly values: readonly unknown[] }
  /** Worker 0: so many bytes come, as the bodies of frames that are `part`. */
  | { readonly is: 'bytes'; readonly length: number }
  | { readonly is: 'part' }
  /** Goodbye; what comes after it is no fault. */
  | { readonly is: 'leave' };

/** `worker 1 (b:4000)`: how messages name a worker. */
export function nameOf(addresses: readonly Address[], index: number): string {
  return `worker ${index} (${formatAddress(addresses[index])})`;
}

export function hello(addresses: readonly Address[], self: Identity): Hello {
  return { is: 'hello', protocol: PROTOCOL, ...self, hosts: addresses.map(formatAddress) };
}

/** Whether a stranger's first word has the form of one; what it says may still be wrong. */
export function isHello(head: object): head is Hello {
  const { is, protocol, hosts } = head as Partial<Hello>;
  return (
    is === 'hello' &&
    isIdentity(head) &&
    Number.isSafeInteger(protocol) &&
    Array.isArray(hosts) &&
    hosts.every((host) => typeof host === 'string')
  );
}

export function isProbe(head: object): head is Probe {
  return (head as Partial<Probe>).is === 'probe' && isIdentity(head);
}

function isIdentity(head: object): head is Identity {
  const { index, token } = head as Partial<Identity>;
  return Number.isSafeInteger(index) && typeof token === 'string';
}

/** What a worker's hello says that worker 0 cannot agree to; undefined if it is all right. */
export function objection(word: Hello, addresses: readonly Address[]): string | undefined {
  const own = hello(addresses, { index: 0, token: '' });
  const their = `the worker that came as number ${word.index}`;
  if (word.protocol !== own.protocol)
    return `${their} runs another version of this library: protocol ${word.protocol}, not ${own.protocol}`;
  const [theirs, ours] = [word.hosts.length, own.hosts.length];
  if (theirs !== ours)
    return `${their} was started as one of ${theirs}, ${nameOf(addresses, 0)} as one of ${ours}`;
  const other = own.hosts.findIndex((host, i) => host !== word.hosts[i]);
  if (other !== -1)
    return `${their} was told that worker ${other} is at ${word.hosts[other]}, ${nameOf(addresses, 0)} that it is at ${own.hosts[other]}`;
  if (word.index < 1 || word.index >= ours) return `${their} is none of 1..${ours - 1}`;
  return undefined;
}

export function asMessage({ kind, message }: ClusterError): Message {
  return { is: 'fault', kind, message };
}

/** The error that a `fault` carries. */
export function faultOf(kind: ClusterFault, message: string): ClusterError {
  return new ClusterError(kind in EXIT_CODES ? kind : 'lost', message);
}
