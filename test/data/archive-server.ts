/** A tiny archive in the form of the CIFAR ones, and a server on 127.0.0.1 that hands it out well or badly. */
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import * as tar from 'tar';
import type { CifarArchive } from '../../lib/src/data/cifar-archives';

type Test = { after(fn: () => void): void };

export interface SmallArchive {
  readonly archive: CifarArchive;
  readonly bytes: Buffer;
}

/** `set-bin/one.bin` (200 kB of noise), `set-bin/names.txt` and an entry nobody asked for, packed in `folder`. */
export function smallArchive(folder: string): SmallArchive {
  const inside = path.join(folder, 'set-bin');
  fs.mkdirSync(inside, { recursive: true });
  fs.writeFileSync(path.join(inside, 'one.bin'), crypto.randomBytes(200_000));
  fs.writeFileSync(path.join(inside, 'names.txt'), 'apple\n');
  fs.writeFileSync(path.join(inside, 'readme.html'), '<html>');
  return packed(folder, ['set-bin']);
}

/** `entries` of `folder` as they are named there, with the sha256 of the result. */
export function packed(folder: string, entries: string[]): SmallArchive {
  const file = path.join(folder, 'set.tar.gz');
  tar.create({ file, cwd: folder, gzip: true, sync: true, preservePaths: true }, entries);
  const bytes = fs.readFileSync(file);
  const archive = {
    set: 'Small set',
    url: 'http://127.0.0.1:9/set.tar.gz',
    bytes: bytes.length,
    sha256: crypto.createHash('sha256').update(bytes).digest('hex'),
    folder: 'set-bin',
    files: { 'one.bin': 200_000, 'names.txt': undefined },
  };
  return { archive, bytes };
}

export interface Server {
  readonly url: string;
  /** The `Range` header of every request so far, undefined where it had none. */
  readonly ranges: (string | undefined)[];
}

/** Answers every request with `respond` until the test is over. */
export async function serve(
  t: Test,
  respond: (request: http.IncomingMessage, response: http.ServerResponse, nth: number) => void,
): Promise<Server> {
  const ranges: (string | undefined)[] = [];
  const server = http.createServer((request, response) => {
    ranges.push(request.headers.range);
    respond(request, response, ranges.length);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/set.tar.gz`, ranges };
}

/** A whole answer, or the rest of it where the request asks for one. */
export function answer(request: http.IncomingMessage, response: http.ServerResponse, bytes: Buffer): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (from > 0) {
    response.writeHead(206, {
      'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
      'content-length': bytes.length - from,
    });
  } else {
    response.writeHead(200, { 'content-length': bytes.length });
  }
  response.end(bytes.subarray(from));
}

/** The head of a whole answer and some of its bytes, then `after`. */
export function answerInPart(
  response: http.ServerResponse,
  bytes: Buffer,
  sent: number,
  after: () => void,
): void {
  response.writeHead(200, { 'content-length': bytes.length });
  response.write(bytes.subarray(0, sent), () => setTimeout(after, 50));
}
