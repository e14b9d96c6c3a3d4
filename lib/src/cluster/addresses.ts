/** Where the workers of a cluster are: `host:port`, what it resolves to, and whether it is safe to listen there. */
import dns from 'node:dns/promises';
import net from 'node:net';
import os from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { shown } from '../model/check-arguments';
import { ClusterError } from './cluster-error';

export interface Address {
  /** A name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  /** 1..65535. */
  readonly port: number;
}

export interface ResolvedAddress extends Address {
  /** IPv4 or IPv6. */
  readonly ip: string;
}

/**
 * The address that `host:port` or `[ipv6]:port` names.
 *
 * @param name what the error calls it: an option, or a variable of the environment
 * @throws TypeError if it has another form
 * @throws RangeError if its port is not in 1..65535
 */
export function parseAddress(text: string, name = 'address'): Address {
  const [, ipv6, plain, digits] = /^(?:\[([^\]]*)\]|([^:]*)):(\d+)$/.exec(text) ?? [];
  const host = ipv6 ?? plain ?? '';
  if (!(ipv6 === undefined ? isHost(host) : net.isIPv6(host))) {
    const rule = 'not host:port, such as gpu1:4000, 10.0.0.1:4000 or [fd00::1]:4000';
    throw new TypeError(`invalid ${name}; ${rule}: ${shown(text)}`);
  }
  const port = Number(digits);
  if (port < 1 || port > 65_535)
    throw new RangeError(`invalid ${name}; its port is not in 1..65535: ${shown(text)}`);
  return { host, port };
}

/** `host:port`, an IPv6 address in brackets: what `parseAddress` reads. */
export function formatAddress({ host, port }: Address): string {
  return `${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/**
 * The addresses of all workers, by index.
 *
 * @param hosts `host:port` of every worker, all different
 * @param index this worker's own, in [0, number of workers)
 * @param name what an error calls `hosts`
 * @throws TypeError or RangeError
 */
export function checkHosts(hosts: readonly string[], index: number, name = 'hosts'): Address[] {
  if (!Array.isArray(hosts)) throw new TypeError(`invalid ${name}; not a list of host:port: ${shown(hosts)}`);
  if (hosts.length === 0) throw new RangeError(`invalid ${name}; not the address of one worker at least: []`);
  const addresses = hosts.map((host) => parseAddress(host, name));
  const twins = firstTwins(addresses.map((address) => formatAddress(address).toLowerCase()));
  if (twins) {
    const rule = `workers ${twins.first} and ${twins.second} have the same address`;
    throw new RangeError(`invalid ${name}; ${rule}: ${hosts[twins.first]}`);
  }
  if (!Number.isSafeInteger(index) || index < 0 || index >= hosts.length) {
    const Kind = typeof index === 'number' ? RangeError : TypeError;
    throw new Kind(`invalid index; not an integer in [0, ${hosts.length}): ${shown(index)}`);
  }
  return addresses;
}

export interface ResolveOptions {
  /**
   * How long to go on asking for a name that is not known yet, as a Kubernetes pod's is until it runs; default 0, asked
   * once. A question that no server answers takes as long as the system's resolver waits, some 10 s (resolv.conf(5)).
   */
  readonly withinMilliseconds?: number;
  /** For tests; default the system's, as dns.lookup asks it. */
  readonly lookup?: (host: string) => Promise<{ readonly address: string }>;
}

const ASK_AGAIN_AFTER = 500; // milliseconds

/**
 * Looks up all workers at once.
 *
 * @throws ClusterError 'address' that names the worker whose host does not resolve, or two that are one and the same
 */
export async function resolveAll(
  addresses: readonly Address[],
  { withinMilliseconds = 0, lookup = (host) => dns.lookup(host) }: ResolveOptions = {},
): Promise<ResolvedAddress[]> {
  const deadline = performance.now() + withinMilliseconds;

  async function resolve(address: Address, index: number): Promise<ResolvedAddress> {
    for (;;) {
      try {
        return { ...address, ip: (await lookup(address.host)).address };
      } catch (cause) {
        const left = deadline - performance.now();
        if (left <= 0) throw doesNotResolve(address, index, withinMilliseconds, cause);
        await setTimeout(Math.min(ASK_AGAIN_AFTER, left));
      }
    }
  }

  const resolved = await Promise.all(addresses.map(resolve));
  const places = resolved.map(({ ip, port }) => formatAddress({ host: ip, port }));
  const twins = firstTwins(places);
  if (twins) {
    const [one, other] = [twins.first, twins.second].map(
      (index) => `worker ${index} (${formatAddress(addresses[index])})`,
    );
    throw new ClusterError(
      'address',
      `cannot tell ${one} from ${other}; both are ${places[twins.first]}; give each its own host or port`,
    );
  }
  return resolved;
}

function doesNotResolve(address: Address, index: number, milliseconds: number, cause: unknown): ClusterError {
  const long = milliseconds > 0 ? ` within ${milliseconds / 1000} s` : '';
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? String(cause);
  return new ClusterError(
    'address',
    `cannot find worker ${index} (${formatAddress(address)}); its host's name did not resolve${long}: ${code}; ` +
      'look for a slip in its spelling, or use its IP address',
    { cause },
  );
}

/** As `os.networkInterfaces` tells them. */
export type Interfaces = Readonly<Record<string, readonly { readonly address: string }[] | undefined>>;

export interface PrivacyOptions {
  /** Whether a public address is no reason to stop: a firewall keeps everybody but the workers out; default false. */
  readonly allowPublicAddress?: boolean;
  /** For tests; default this machine's. */
  readonly interfaces?: Interfaces;
}

/**
 * Refuses to open a worker that the public may reach. TensorFlow's server has neither authentication nor encryption, and runs
 * any graph that it is sent, those that read and write files included
 * (https://github.com/tensorflow/tensorflow/blob/master/SECURITY.md); and it listens on all interfaces, whatever its address
 * in the list of hosts.
 *
 * Private are loopback, RFC 1918, link-local, 100.64.0.0/10 (RFC 6598: carriers, Tailscale), IPv6's ::1, fc00::/7 and fe80::/10,
 * and what no public network routes: the ranges for documentation and tests of RFC 5737, RFC 3849 and RFC 2544.
 *
 * @throws ClusterError 'address'
 */
export function checkPrivate(
  own: ResolvedAddress,
  { allowPublicAddress = false, interfaces = os.networkInterfaces() }: PrivacyOptions = {},
): void {
  if (allowPublicAddress) return;
  const remedy = 'use a private network, or allow it behind a firewall by allowPublicAddress: true';
  if (!isPrivate(own.ip)) {
    throw new ClusterError(
      'address',
      `cannot open a worker at ${formatAddress(own)}; whoever reaches TensorFlow's server can run programs on it, ` +
        `and its address is public: ${own.ip}; ${remedy}`,
    );
  }
  for (const [name, addresses = []] of Object.entries(interfaces)) {
    const open = addresses.find(({ address }) => !isPrivate(address));
    if (!open) continue;
    throw new ClusterError(
      'address',
      `cannot open a worker at ${formatAddress(own)}; whoever reaches TensorFlow's server can run programs on it, ` +
        `it listens on all interfaces, and the address of ${name} is public: ${open.address}; ${remedy}`,
    );
  }
}

const PRIVATE = new net.BlockList(); // which finds an IPv4 address in its IPv6 form, ::ffff:10.0.0.1, too
for (const [network, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
  ['192.0.2.0', 24],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['198.18.0.0', 15],
] as const)
  PRIVATE.addSubnet(network, prefix, 'ipv4');
PRIVATE.addAddress('::1', 'ipv6');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');
PRIVATE.addSubnet('2001:db8::', 32, 'ipv6');

function isPrivate(ip: string): boolean {
  const [address] = ip.split('%'); // fe80::1%eth0
  return PRIVATE.check(address, net.isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** A name of letters, digits, dots, hyphens and underscores; what looks like an IPv4 address has to be one. */
function isHost(host: string): boolean {
  return /^[\d.]*$/.test(host) ? net.isIPv4(host) : /^[a-z\d]([\w.-]*[a-z\d.])?$/i.test(host);
}

/** Where the first text stands that was there before, and where it was. */
function firstTwins(
  texts: readonly string[],
): { readonly first: number; readonly second: number } | undefined {
  const second = texts.findIndex((text, i) => texts.indexOf(text) < i);
  return second === -1 ? undefined : { first: texts.indexOf(texts[second]), second };
}
