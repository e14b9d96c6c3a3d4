import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  checkHosts,
  checkPrivate,
  formatAddress,
  type Interfaces,
  parseAddress,
  resolveAll,
} from '../../lib/src/cluster/addresses';

const written: Record<string, { host: string; port: number }> = {
  'a:4000': { host: 'a', port: 4000 },
  'train-0.train:1': { host: 'train-0.train', port: 1 },
  'my_service:65535': { host: 'my_service', port: 65_535 },
  '10.0.0.1:4000': { host: '10.0.0.1', port: 4000 },
  '[fd00::1]:4000': { host: 'fd00::1', port: 4000 },
  '[fe80::1%eth0]:4000': { host: 'fe80::1%eth0', port: 4000 },
};

for (const [text, address] of Object.entries(written)) {
  test(`${text} is read, and written again`, () => {
    assert.deepEqual(parseAddress(text), address);
    assert.equal(formatAddress(address), text);
  });
}

test('what is no host with a port is refused with a pattern to follow', () => {
  const rule = 'not host:port, such as gpu1:4000, 10.0.0.1:4000 or [fd00::1]:4000';
  for (const text of [
    '',
    'a',
    ':4000',
    'a:',
    'a:http',
    'a:-1',
    'a b:1',
    'http://a:4000',
    'a:1:2',
    '::1:4000',
    '[]:4000',
    '[a]:4000',
    '[10.0.0.1]:4000',
    '10.0.0:4000',
    '10.0.0.256:4000',
    '-a:4000',
    'a:4000 ',
  ]) {
    const message = `invalid address; ${rule}: ${JSON.stringify(text)}`;
    assert.throws(() => parseAddress(text), { name: 'TypeError', message });
  }
});

test('a port is in 1..65535', () => {
  for (const text of ['a:0', 'a:65536', '[::1]:99999']) {
    const message = `invalid TF_CONFIG; its port is not in 1..65535: "${text}"`;
    assert.throws(() => parseAddress(text, 'TF_CONFIG'), { name: 'RangeError', message });
  }
});

test('hosts are all different, one at least, and the index is of one of them', () => {
  assert.deepEqual(checkHosts(['a:4000', 'a:4001', '[::1]:4000'], 2), [
    { host: 'a', port: 4000 },
    { host: 'a', port: 4001 },
    { host: '::1', port: 4000 },
  ]);
  const hosts = ['a:4000', 'b:4000'];
  assert.throws(
    () => checkHosts([], 0),
    /^RangeError: invalid hosts; not the address of one worker at least: \[\]$/,
  );
  assert.throws(
    () => checkHosts('a:4000' as never, 0),
    /^TypeError: invalid hosts; not a list of host:port: "a:4000"$/,
  );
  assert.throws(() => checkHosts([...hosts, 'c'], 0), /^TypeError: invalid hosts; not host:port, .*: "c"$/);
  assert.throws(
    () => checkHosts([...hosts, 'A:04000'], 0, 'TF_CONFIG'),
    /^RangeError: invalid TF_CONFIG; workers 0 and 2 have the same address: a:4000$/,
  );
  for (const index of [-1, 2, 0.5, Number.NaN])
    assert.throws(() => checkHosts(hosts, index), {
      name: 'RangeError',
      message: `invalid index; not an integer in [0, 2): ${index}`,
    });
  assert.throws(
    () => checkHosts(hosts, '1' as never),
    /^TypeError: invalid index; not an integer in \[0, 2\): "1"$/,
  );
});

/** Looks names up in `known`; as the system does, it fails for others. */
function lookupIn(known: Readonly<Record<string, string>>) {
  return async (host: string) => {
    if (known[host]) return { address: known[host] };
    throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' });
  };
}

const [a, b] = checkHosts(['a:4000', 'b:4000'], 0);

test('every host gets its IP address', async () => {
  const lookup = lookupIn({ a: '10.0.0.1', b: 'fd00::2' });
  assert.deepEqual(await resolveAll([a, b], { lookup }), [
    { host: 'a', port: 4000, ip: '10.0.0.1' },
    { host: 'b', port: 4000, ip: 'fd00::2' },
  ]);
});

test("the system's own look-up knows localhost, and IP addresses", async () => {
  const [local, plain] = await resolveAll(checkHosts(['localhost:4000', '127.0.0.1:4001'], 0));
  assert.match(local.ip, /^(127\.0\.0\.1|::1)$/);
  assert.equal(plain.ip, '127.0.0.1');
});

test('a host that does not resolve is named with its worker', async () => {
  await assert.rejects(resolveAll([a, b], { lookup: lookupIn({ a: '10.0.0.1' }) }), {
    name: 'ClusterError',
    kind: 'address',
    message:
      "cannot find worker 1 (b:4000); its host's name did not resolve: ENOTFOUND; look for a slip in its spelling, or use its IP address",
  });
  const patient = resolveAll([a, b], { lookup: lookupIn({ a: '10.0.0.1' }), withinMilliseconds: 20 });
  await assert.rejects(patient, /did not resolve within 0\.02 s: ENOTFOUND;/);
});

test('a name that becomes known in time is waited for', async () => {
  const known: Record<string, string> = { a: '10.0.0.1' };
  let asked = 0;
  const lookup = (host: string) => {
    if (host === 'b' && ++asked === 2) known.b = '10.0.0.2';
    return lookupIn(known)(host);
  };
  const resolved = await resolveAll([a, b], { lookup, withinMilliseconds: 60_000 });
  assert.deepEqual([resolved[1].ip, asked], ['10.0.0.2', 2]);
});

test('two names of one address are not two workers', async () => {
  await assert.rejects(resolveAll([a, b], { lookup: lookupIn({ a: '10.0.0.1', b: '10.0.0.1' }) }), {
    kind: 'address',
    message:
      'cannot tell worker 0 (a:4000) from worker 1 (b:4000); both are 10.0.0.1:4000; give each its own host or port',
  });
});

const loopback: Interfaces = { lo: [{ address: '127.0.0.1' }, { address: '::1' }] };

const privates = [
  ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'], // loopback
  ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '::ffff:10.0.0.1', '::ffff:c0a8:101'], // RFC 1918
  ['169.254.1.1', 'fe80::1', 'fe80::1%eth0', 'febf::1'], // link-local
  ['100.64.0.1', '100.127.255.255'], // RFC 6598
  ['fc00::1', 'fd12:3456::1'], // RFC 4193
].flat();

test('private addresses need no asking', () => {
  for (const ip of privates) {
    checkPrivate({ ...a, ip }, { interfaces: loopback });
    checkPrivate(
      { ...a, ip: '127.0.0.1' },
      { interfaces: { ...loopback, eth0: [{ address: ip }], eth1: undefined } },
    );
  }
});

const publics = [
  ['8.8.8.8', '126.255.255.255', '128.0.0.1', '11.0.0.1', '172.15.255.255', '172.32.0.1', '192.169.0.1'],
  ['169.253.255.255', '100.63.255.255', '100.128.0.1', '0.0.0.0'],
  ['2001:4860:4860::8888', '::2', 'fbff::1', 'fe00::1', 'fec0::1', '::ffff:8.8.8.8', '::'],
].flat();

test('a public address is refused unless allowed', () => {
  for (const ip of publics) {
    assert.throws(() => checkPrivate({ ...a, ip }, { interfaces: loopback }), {
      name: 'ClusterError',
      kind: 'address',
      message:
        "cannot open a worker at a:4000; whoever reaches TensorFlow's server can run programs on it, " +
        `and its address is public: ${ip}; use a private network, or allow it behind a firewall by allowPublicAddress: true`,
    });
    checkPrivate({ ...a, ip }, { interfaces: loopback, allowPublicAddress: true });
  }
});

test('a machine with a public address on any interface is refused, as the server listens on all of them', () => {
  const own = { ...a, ip: '10.0.0.1' };
  for (const ip of publics) {
    const interfaces = {
      ...loopback,
      eth0: [{ address: '10.0.0.1' }],
      wan0: [{ address: 'fe80::1' }, { address: ip }],
    };
    assert.throws(() => checkPrivate(own, { interfaces }), {
      kind: 'address',
      message:
        "cannot open a worker at a:4000; whoever reaches TensorFlow's server can run programs on it, " +
        `it listens on all interfaces, and the address of wan0 is public: ${ip}; ` +
        'use a private network, or allow it behind a firewall by allowPublicAddress: true',
    });
    checkPrivate(own, { interfaces, allowPublicAddress: true });
  }
});
