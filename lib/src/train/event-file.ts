/**
 * Event files, the format that TensorBoard reads: `Event` messages, each in the frame of a TFRecord.
 *
 * Source: tensorflow/core/lib/io/record_writer.h (frames), tensorflow/core/lib/hash/crc32c.h (masked checksums),
 * tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto and tensorflow/core/util/events_writer.cc (names) of
 * TensorFlow 2.21.
 */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { buf as crc32c } from 'crc-32/crc32c';
import protobuf from 'protobufjs';

const SCHEMA = `
syntax = "proto3";

message Event {
  double wall_time = 1; // seconds since 1970
  int64 step = 2;
  oneof what { string file_version = 3; Summary summary = 5; }
}

message Summary {
  repeated Value value = 1;
  message Value {
    string tag = 1;
    oneof value { float simple_value = 2; }
  }
}`;

const Event = protobuf.parse(SCHEMA, { keepCase: false }).root.lookupType('Event');

const VERSION = 'brain.Event:2';

/**
 * Begins an event file with the event that tells its version, in a folder that is made where it is missing.
 *
 * @returns its path, `events.out.tfevents.<seconds since 1970>.<host>`; the next free second where that is taken, since TensorBoard
 *   reads the files of a folder in the order of their names
 */
export async function startEventFile(folder: string): Promise<string> {
  await fs.mkdir(folder, { recursive: true });
  const bytes = framed({ wallTime: now(), fileVersion: VERSION });
  for (let seconds = Math.floor(now()); ; seconds++) {
    const file = path.join(folder, `events.out.tfevents.${seconds}.${os.hostname()}`);
    try {
      await fs.writeFile(file, bytes, { flag: 'wx' });
      return file;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      await fs.rm(file, { force: true });
      throw error;
    }
  }
}

/** The bytes of one event: numbers by their tags, held as float32, at a step of the training or whatever the tags count in. */
export function scalarsEvent(step: number, scalars: Readonly<Record<string, number>>): Uint8Array {
  const value = Object.entries(scalars).map(([tag, simpleValue]) => ({ tag, simpleValue }));
  return framed({ wallTime: now(), step, summary: { value } });
}

function framed(event: object): Uint8Array {
  return frame(Event.encode(Event.create(event)).finish());
}

/** A TFRecord, all numbers little-endian: uint64 length, uint32 checksum of the length, the data, uint32 checksum of the data. */
export function frame(data: Uint8Array): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([length, checksum(length), data, checksum(data)]);
}

const MASK_DELTA = 0xa282ead8; // kMaskDelta of crc32c.h

/** The CRC-32C of some bytes, masked: a checksum of bytes that contain checksums would be a weak one. */
function checksum(bytes: Uint8Array): Buffer {
  const crc = crc32c(bytes);
  const rotated = (crc >>> 15) | (crc << 17);
  const masked = Buffer.alloc(4);
  masked.writeUInt32LE((rotated + MASK_DELTA) >>> 0);
  return masked;
}

function now(): number {
  return Date.now() / 1000;
}
