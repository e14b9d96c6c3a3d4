import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { frame, scalarsEvent, startEventFile } from '../../lib/src/train/event-file';
import { temporaryFolder } from '../temporary-folder';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** Of crc32c.h: rotated right by 15 bits, plus a constant; in BigInt, to be another way than the one under test. */
function masked(crc: bigint): number {
  const rotated = ((crc >> 15n) | (crc << 17n)) & 0xffffffffn;
  return Number((rotated + 0xa282ead8n) & 0xffffffffn);
}

test('a frame ends with the CRC-32C of its data, masked', () => {
  const vectors: [Uint8Array, bigint][] = [
    // RFC 3720, appendix B.4, as in tensorflow/core/lib/hash/crc32c_test.cc
    [new Uint8Array(32), 0x8a9136aan],
    [new Uint8Array(32).fill(0xff), 0x62a8ab43n],
    [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794en],
    [Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5cn],
    [Buffer.from('123456789'), 0xe3069283n], // the check value that catalogues of checksums give
  ];
  for (const [data, crc] of vectors) {
    const framed = Buffer.from(frame(data));
    assert.equal(framed.length, 8 + 4 + data.length + 4);
    assert.equal(framed.readUInt32LE(12 + data.length), masked(crc));
  }
});

test('a frame is the length, its checksum, the data and its checksum, byte for byte as TensorBoard writes it', () => {
  // Of `tensorboard.summary.writer.record_writer.RecordWriter(file).write(b'foo')`, TensorBoard 2.21.
  const expected = ['0300000000000000', 'b099490e', hex(Buffer.from('foo')), '618abefe'];
  assert.equal(hex(frame(Buffer.from('foo'))), expected.join(''));
});

test('an event of numbers is a step and a value for each tag, in float32', () => {
  const event = Buffer.from(scalarsEvent(300, { loss: 0.5, norm: 0 }));
  const body = event.subarray(12, -4);
  assert.equal(body.length, Number(event.readBigUInt64LE()));
  assert.equal(hex(body.subarray(0, 1)), '09'); // field 1, a double: seconds since 1970
  const age = Date.now() / 1000 - body.readDoubleLE(1);
  assert.ok(age >= 0 && age < 3600, `${age} seconds`);
  const loss = `0a0b0a04${hex(Buffer.from('loss'))}150000003f`;
  const norm = `0a0b0a04${hex(Buffer.from('norm'))}1500000000`;
  assert.equal(hex(body.subarray(9)), `10ac022a1a${loss}${norm}`); // field 2: 300; field 5: the summary
});

test('an event file begins with its version, byte for byte as those of TensorFlow', async (t) => {
  const folder = path.join(temporaryFolder(t), 'runs', 'first');
  const file = await startEventFile(folder);
  assert.match(path.basename(file), /^events\.out\.tfevents\.\d{10}\./);
  assert.ok(file.endsWith(`.${os.hostname()}`));
  const bytes = fs.readFileSync(file);
  assert.equal(bytes.length, 40);
  assert.equal(hex(bytes.subarray(0, 13)), '1800000000000000a37f4b2209');
  assert.equal(hex(bytes.subarray(21, 36)), `1a0d${hex(Buffer.from('brain.Event:2'))}`);
  assert.equal(hex(bytes), hex(frame(bytes.subarray(12, -4))));
});

test('a second file in the same folder comes after the first in the order of names', async (t) => {
  const folder = temporaryFolder(t);
  const files = [await startEventFile(folder), await startEventFile(folder), await startEventFile(folder)];
  assert.deepEqual(
    fs.readdirSync(folder).sort(),
    files.map((file) => path.basename(file)),
  );
});

test('a folder that cannot be is refused', async (t) => {
  const file = path.join(temporaryFolder(t), 'taken');
  fs.writeFileSync(file, '');
  await assert.rejects(startEventFile(file), { code: 'EEXIST' });
});
