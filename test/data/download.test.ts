import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { downloadArchive, downloadCifar } from '../../lib/src/data/download';
import type { DownloadProgress } from '../../lib/src/data/fetch-to-file';
import { temporaryFolder } from '../temporary-folder';
import { answer, answerInPart, packed, type Server, serve, smallArchive } from './archive-server';

const REMEDY = 'run again, or fetch it by hand (data/README.md)';

/** An archive, an empty data folder, and the words around every fault. */
function setting(t: TestContext) {
  const { archive, bytes } = smallArchive(path.join(temporaryFolder(t), 'source'));
  const directory = path.join(temporaryFolder(t), 'data');
  const part = path.join(directory, 'set.tar.gz.part');
  const message = ({ url }: Server, fault: string) =>
    `cannot download Small set from ${url}; ${fault}; ${REMEDY}`;
  return { archive, bytes, directory, part, message };
}

test('a good archive is unpacked, without what is not needed, and nothing else stays', async (t) => {
  const { archive, bytes, directory } = setting(t);
  const { url } = await serve(t, (request, response) => answer(request, response, bytes));
  const progress: DownloadProgress[] = [];
  const folder = await downloadArchive(archive, directory, { url, onProgress: (at) => progress.push(at) });
  assert.equal(folder, path.join(directory, 'set-bin'));
  assert.deepEqual(fs.readdirSync(folder).sort(), ['names.txt', 'one.bin']);
  assert.deepEqual(fs.readdirSync(directory), ['set-bin']);
  assert.equal(progress.at(-1)?.bytes, bytes.length);
  assert.equal(progress.at(-1)?.totalBytes, bytes.length);
  assert.ok((progress.at(-1)?.bytesPerSecond ?? 0) > 0);
});

test('a set that is there is not downloaded again', async (t) => {
  const { archive, bytes, directory } = setting(t);
  const { url, ranges } = await serve(t, (request, response) => answer(request, response, bytes));
  await downloadArchive(archive, directory, { url });
  assert.equal(await downloadArchive(archive, directory, { url }), path.join(directory, 'set-bin'));
  assert.equal(ranges.length, 1);
});

test('a folder that is there but not complete is left alone and named', async (t) => {
  const { archive, directory } = setting(t);
  const target = path.join(directory, 'set-bin');
  fs.mkdirSync(target, { recursive: true });
  fs.writeFileSync(path.join(target, 'one.bin'), 'mine');
  await assert.rejects(downloadArchive(archive, directory), {
    message: `cannot download Small set; ${target} is there but not complete: one.bin has 4 bytes, expected 200000; move it away and run again`,
  });
  assert.equal(fs.readFileSync(path.join(target, 'one.bin'), 'utf8'), 'mine');
});

test('a download goes on where an earlier one stopped', async (t) => {
  const { archive, bytes, directory, part } = setting(t);
  fs.mkdirSync(directory);
  fs.writeFileSync(part, bytes.subarray(0, 70_000));
  const { url, ranges } = await serve(t, (request, response) => answer(request, response, bytes));
  await downloadArchive(archive, directory, { url });
  assert.deepEqual(ranges, ['bytes=70000-']);
  assert.deepEqual(fs.readdirSync(directory), ['set-bin']);
});

test('the part of a process that was killed is taken over', async (t) => {
  const { archive, bytes, directory, part } = setting(t);
  fs.mkdirSync(directory);
  const running = `${part}-${process.pid}-abcd@${os.hostname()}`;
  fs.writeFileSync(`${part}-99999999-abcd@${os.hostname()}`, bytes.subarray(0, 70_000)); // beyond the largest process id
  fs.writeFileSync(running, bytes.subarray(0, 90_000));
  const { url, ranges } = await serve(t, (request, response) => answer(request, response, bytes));
  await downloadArchive(archive, directory, { url });
  assert.deepEqual(ranges, ['bytes=70000-']);
  assert.deepEqual(fs.readdirSync(directory).sort(), ['set-bin', path.basename(running)]);
});

test('the part of a process on another host is left to it, until nothing has been written for long', async (t) => {
  const { archive, bytes, directory, part } = setting(t);
  fs.mkdirSync(directory);
  const elsewhere = `${part}-99999999-abcd@elsewhere.invalid`; // no process here, in a folder that two machines share
  fs.writeFileSync(elsewhere, bytes.subarray(0, 70_000));
  const { url, ranges } = await serve(t, (request, response) => answer(request, response, bytes));
  await downloadArchive(archive, directory, { url });
  assert.deepEqual(ranges, [undefined]);
  fs.rmSync(path.join(directory, 'set-bin'), { recursive: true });
  const anHourAgo = Date.now() / 1000 - 3600;
  fs.utimesSync(elsewhere, anHourAgo, anHourAgo);
  await downloadArchive(archive, directory, { url });
  assert.deepEqual(ranges, [undefined, 'bytes=70000-']);
  assert.deepEqual(fs.readdirSync(directory), ['set-bin']);
});

test('a complete part needs no server', async (t) => {
  const { archive, bytes, directory, part } = setting(t);
  fs.mkdirSync(directory);
  fs.writeFileSync(part, bytes);
  assert.equal(await downloadArchive(archive, directory), path.join(directory, 'set-bin'));
});

test('a server that cannot go on in the middle makes the download start over', async (t) => {
  const { archive, bytes, directory, part } = setting(t);
  fs.mkdirSync(directory);
  fs.writeFileSync(part, Buffer.alloc(70_000)); // not the archive's bytes: only a clean start can succeed
  const { url, ranges } = await serve(t, (_request, response) => response.end(bytes));
  await downloadArchive(archive, directory, { url });
  assert.deepEqual(ranges, ['bytes=70000-']);
});

test('a part that does not belong to the archive costs one clean retry', async (t) => {
  const { archive, bytes, directory, part } = setting(t);
  fs.mkdirSync(directory);
  fs.writeFileSync(part, Buffer.alloc(70_000));
  const { url, ranges } = await serve(t, (request, response) => answer(request, response, bytes));
  await downloadArchive(archive, directory, { url });
  assert.deepEqual(ranges, ['bytes=70000-', undefined]);
});

test('a wrong checksum removes the part and unpacks nothing', async (t) => {
  const { archive, bytes, directory, message } = setting(t);
  const damaged = Buffer.from(bytes);
  damaged[1000] ^= 1;
  const server = await serve(t, (request, response) => answer(request, response, damaged));
  await assert.rejects(downloadArchive(archive, directory, { url: server.url }), {
    message: message(server, `the archive was damaged and is removed: its sha256 is not ${archive.sha256}`),
  });
  assert.deepEqual(fs.readdirSync(directory), []);
});

test('a broken connection is taken up again as long as something arrives', async (t) => {
  const { archive, bytes, directory } = setting(t);
  const { url, ranges } = await serve(t, (request, response, nth) => {
    if (nth === 1) answerInPart(response, bytes, 100_000, () => response.destroy());
    else answer(request, response, bytes);
  });
  await downloadArchive(archive, directory, { url });
  assert.deepEqual(ranges, [undefined, 'bytes=100000-']);
});

test('a connection that ends too early keeps what has arrived', async (t) => {
  const { archive, bytes, directory, part, message } = setting(t);
  const server = await serve(t, (_request, response, nth) => {
    if (nth === 1) answerInPart(response, bytes, 100_000, () => response.destroy());
    else response.destroy();
  });
  const { host } = new URL(server.url);
  await assert.rejects(downloadArchive(archive, directory, { url: server.url }), {
    message: message(server, `${host} ended the connection too early`),
  });
  assert.deepEqual(fs.readFileSync(part), bytes.subarray(0, 100_000));
});

test('a status that is no success is named, and so is a file of another size', async (t) => {
  const { archive, directory, message } = setting(t);
  const missing = await serve(t, (_request, response) => response.writeHead(404).end('no such file'));
  await assert.rejects(downloadArchive(archive, directory, { url: missing.url }), {
    message: message(missing, 'HTTP status 404 Not Found'),
  });
  const portal = await serve(t, (_request, response) => response.end('<html>please log in</html>'));
  await assert.rejects(downloadArchive(archive, directory, { url: portal.url }), {
    message: message(portal, `the server's file has 26 bytes, expected ${archive.bytes}`),
  });
  assert.deepEqual(fs.readdirSync(directory), []);
});

test('more than the expected bytes are not stored', async (t) => {
  const { archive, bytes, directory } = setting(t);
  const damaged = Buffer.from(bytes);
  damaged[1000] ^= 1;
  const endless = await serve(t, (_request, response) => {
    // without an announced length
    const more = (): unknown => response.write(damaged, () => !response.destroyed && setImmediate(more));
    more();
  });
  await assert.rejects(downloadArchive(archive, directory, { url: endless.url }), Error);
  const sizes = fs.readdirSync(directory).map((name) => fs.statSync(path.join(directory, name)).size);
  assert.ok(
    sizes.every((size) => size <= archive.bytes),
    String(sizes),
  );
});

test('a closed port, an unknown host and a silent server are given up quickly', async (t) => {
  const { archive, directory, message } = setting(t);
  const closed = { url: `http://127.0.0.1:${await closedPort()}/set.tar.gz`, ranges: [] };
  await assert.rejects(downloadArchive(archive, directory, { url: closed.url }), {
    message: message(closed, `${new URL(closed.url).host} refuses the connection`),
  });
  const unknown = { url: 'http://archive.invalid/set.tar.gz', ranges: [] }; // RFC 2606: never a real name
  await assert.rejects(downloadArchive(archive, directory, { url: unknown.url }), {
    message: message(
      unknown,
      'the host archive.invalid is not found; there is no network or no name service',
    ),
  });
  const silent = await serve(t, () => {});
  await assert.rejects(downloadArchive(archive, directory, { url: silent.url, connectMilliseconds: 100 }), {
    message: message(silent, 'no answer within 0.1 s'),
  });
});

test('a proxy that Node will not use is mentioned', async (t) => {
  const { archive, directory } = setting(t);
  const { HTTPS_PROXY } = process.env;
  t.after(() => {
    if (HTTPS_PROXY === undefined) delete process.env.HTTPS_PROXY;
    else process.env.HTTPS_PROXY = HTTPS_PROXY;
  });
  process.env.HTTPS_PROXY = 'http://127.0.0.1:9';
  await assert.rejects(
    downloadArchive(archive, directory, { url: `http://127.0.0.1:${await closedPort()}/set.tar.gz` }),
    /refuses the connection; a proxy is set, which Node uses only from 22\.21 or 24 on with NODE_USE_ENV_PROXY=1; run/,
  );
});

test('a transfer that stands still is given up and kept', async (t) => {
  const { archive, bytes, directory, part, message } = setting(t);
  const server = await serve(t, (_request, response, nth) => {
    if (nth === 1) answerInPart(response, bytes, 50_000, () => {});
  });
  const patience = { connectMilliseconds: 200, stallMilliseconds: 200 };
  await assert.rejects(downloadArchive(archive, directory, { url: server.url, ...patience }), {
    message: message(server, 'no answer within 0.2 s'), // of the second attempt, which the first one's progress earned
  });
  assert.equal(fs.statSync(part).size, 50_000);
});

test('an abort ends the download with its own reason and keeps what has arrived', async (t) => {
  const { archive, bytes, directory, part } = setting(t);
  const { url } = await serve(t, (_request, response) => answerInPart(response, bytes, 50_000, () => {}));
  const stop = new AbortController();
  const onProgress = () => setTimeout(() => stop.abort(new Error('enough')), 20);
  await assert.rejects(downloadArchive(archive, directory, { url, signal: stop.signal, onProgress }), {
    message: 'enough',
  });
  assert.equal(fs.statSync(part).size, 50_000);
  await assert.rejects(downloadArchive(archive, directory, { url, signal: stop.signal }), {
    message: 'enough',
  });
});

test('two downloads at once both succeed', async (t) => {
  const { archive, bytes, directory } = setting(t);
  const { url } = await serve(t, (request, response) =>
    setTimeout(() => answer(request, response, bytes), 50),
  );
  const folders = await Promise.all([1, 2, 3].map(() => downloadArchive(archive, directory, { url })));
  assert.deepEqual(folders, Array(3).fill(path.join(directory, 'set-bin')));
  assert.deepEqual(fs.readdirSync(directory), ['set-bin']);
});

test('an archive with an entry outside its folder, or a link, is refused as a whole', async (t) => {
  const source = path.join(temporaryFolder(t), 'source');
  smallArchive(source);
  fs.writeFileSync(path.join(source, '..', 'evil.txt'), 'evil');
  fs.symlinkSync('/etc', path.join(source, 'link'));
  for (const entry of ['set-bin/../../evil.txt', 'link', path.join(source, 'set-bin', 'names.txt')]) {
    const { archive, bytes } = packed(source, ['set-bin', entry]);
    const directory = path.join(temporaryFolder(t), 'data');
    const { url } = await serve(t, (request, response) => answer(request, response, bytes));
    await assert.rejects(downloadArchive(archive, directory, { url }), (error: Error) =>
      error.message.includes('the archive has an entry that does not belong there: "'),
    );
    assert.equal(fs.existsSync(path.join(directory, 'set-bin')), false);
    assert.equal(fs.existsSync(path.join(directory, '..', 'evil.txt')), false);
  }
});

test('an archive without a needed file is refused', async (t) => {
  const source = path.join(temporaryFolder(t), 'source');
  smallArchive(source);
  const { archive, bytes } = packed(source, ['set-bin/names.txt']);
  const directory = path.join(temporaryFolder(t), 'data');
  const { url } = await serve(t, (request, response) => answer(request, response, bytes));
  await assert.rejects(
    downloadArchive(archive, directory, { url }),
    /not the expected one: one\.bin is missing; run/,
  );
});

test('a folder that cannot be written is named', async (t) => {
  const { archive } = setting(t);
  const file = path.join(temporaryFolder(t), 'file');
  fs.writeFileSync(file, '');
  await assert.rejects(
    downloadArchive(archive, path.join(file, 'data')),
    /^Error: cannot download Small set from .*ENOTDIR/,
  );
});

test('downloadCifar knows both sets by the size of their files', async (t) => {
  const directory = temporaryFolder(t);
  for (const [which, folder, expected] of [
    ['cifar10', 'cifar-10-batches-bin', 'data_batch_1.bin is missing'],
    ['cifar100', 'cifar-100-binary', 'train.bin is missing'],
  ] as const) {
    fs.mkdirSync(path.join(directory, folder));
    await assert.rejects(downloadCifar(which, directory), (error: Error) => error.message.includes(expected));
  }
});

async function closedPort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
