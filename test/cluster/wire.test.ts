import assert from 'node:assert/strict';
import test from 'node:test';
import { type Frame, FrameReader, frameStart } from '../../lib/src/cluster/wire';

const LIMITS = { head: 1000, body: 1000 };

function bytesOf(head: object, body = Buffer.alloc(0)): Buffer {
  return Buffer.concat([frameStart(head, body.length), body]);
}

/** What a reader finds when the bytes come in chunks of `size`. */
function read(bytes: Buffer, size: number, limits = LIMITS): Frame[] {
  const reader = new FrameReader(limits);
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length; at += size) frames.push(...reader.read(bytes.subarray(at, at + size)));
  return frames;
}

test('frames are found whatever the chunks that they arrive in', () => {
  const body = Buffer.from(Array.from({ length: 300 }, (_, i) => i));
  const sent = [
    { head: { is: 'hello', name: 'Zoë' }, body: Buffer.alloc(0) },
    { head: { is: 'part' }, body },
    { head: {}, body: Buffer.from('RLAB') },
  ];
  const stream = Buffer.concat(sent.map(({ head, body }) => bytesOf(head, body)));
  for (const size of [1, 2, 3, 11, 12, 13, 100, stream.length]) assert.deepEqual(read(stream, size), sent);
});

test('a frame that has not come to its end is none yet', () => {
  const bytes = bytesOf({ is: 'part' }, Buffer.alloc(10));
  assert.deepEqual(read(bytes.subarray(0, -1), 5), []);
});

test('the first bytes of something else are refused', () => {
  const request = Buffer.from('GET / HTTP/1.1\r\nHost: worker\r\n\r\n');
  assert.throws(() => read(request, request.length), { message: 'not a frame' });
});

test('a frame longer than the limits is refused when its lengths are known, before it is there', () => {
  const long = frameStart({ is: 'x'.repeat(2000) }).subarray(0, 12);
  assert.throws(() => read(long, 12), { message: 'a frame of 2009 + 0 bytes, more than 1000 + 1000' });
  assert.throws(() => read(frameStart({}, 1001).subarray(0, 12), 12), {
    message: 'a frame of 2 + 1001 bytes, more than 1000 + 1000',
  });
});

test('the limits may be raised between two frames of one chunk', () => {
  const reader = new FrameReader({ head: 1000, body: 0 });
  const chunk = Buffer.concat([bytesOf({ first: 1 }), bytesOf({ second: 2 }, Buffer.alloc(500))]);
  const sizes: number[] = [];
  for (const { body } of reader.read(chunk)) {
    sizes.push(body.length);
    reader.limits = LIMITS;
  }
  assert.deepEqual(sizes, [0, 500]);
});

test('a head that is no JSON object is refused', () => {
  for (const json of ['[', '12', 'null', '"hello"']) {
    const bytes = Buffer.concat([Buffer.from('RLAB'), Buffer.alloc(8), Buffer.from(json)]);
    bytes.writeUInt32BE(json.length, 4);
    assert.throws(() => read(bytes, bytes.length), /JSON|not an object/, json);
  }
});
