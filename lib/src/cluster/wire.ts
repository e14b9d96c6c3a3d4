/**
 * What workers say to each other, as bytes: frames of a JSON object and, after it, raw bytes.
 *
 *     RLAB | length of the JSON | length of the bytes | JSON | bytes       both lengths uint32, big-endian
 *
 * The first four bytes turn away whoever speaks something else, before anything is kept for him.
 */

const MAGIC = Buffer.from('RLAB', 'latin1');
const HEADER_BYTES = MAGIC.length + 8;

export interface Frame {
  /** A JSON object. */
  readonly head: object;
  /** Empty where the frame has none. */
  readonly body: Buffer;
}

/** The longest frame that is read, in bytes. */
export interface FrameLimits {
  readonly head: number;
  readonly body: number;
}

/** The beginning of a frame; the `bodyBytes` that it promises are to be sent after it. */
export function frameStart(head: object, bodyBytes = 0): Buffer {
  const json = Buffer.from(JSON.stringify(head));
  const start = Buffer.allocUnsafe(HEADER_BYTES + json.length);
  MAGIC.copy(start);
  start.writeUInt32BE(json.length, MAGIC.length);
  start.writeUInt32BE(bodyBytes, MAGIC.length + 4);
  json.copy(start, HEADER_BYTES);
  return start;
}

/** Finds the frames in a stream of bytes that arrives in chunks of any size. */
export class FrameReader {
  private chunks: Buffer[] = [];
  private held = 0; // bytes in chunks
  private lengths: FrameLimits | undefined; // of the frame whose header has been read

  /** @param limits may be changed between two frames */
  constructor(public limits: FrameLimits) {}

  /**
   * The frames that end in this chunk, one after the other as they are asked for.
   *
   * @throws Error at the first byte that cannot belong to a frame within the limits; the reader is of no use afterwards
   */
  *read(chunk: Buffer): Generator<Frame> {
    this.chunks.push(chunk);
    this.held += chunk.length;
    for (;;) {
      if (!this.lengths) {
        if (this.held < HEADER_BYTES) return;
        this.lengths = this.parseHeader(this.take(HEADER_BYTES));
      }
      const { head, body } = this.lengths;
      if (this.held < head + body) return;
      this.lengths = undefined;
      yield { head: parseHead(this.take(head)), body: this.take(body) };
    }
  }

  private parseHeader(header: Buffer): FrameLimits {
    if (!header.subarray(0, MAGIC.length).equals(MAGIC)) throw new Error('not a frame');
    const head = header.readUInt32BE(MAGIC.length);
    const body = header.readUInt32BE(MAGIC.length + 4);
    if (head > this.limits.head || body > this.limits.body) {
      throw new Error(
        `a frame of ${head} + ${body} bytes, more than ${this.limits.head} + ${this.limits.body}`,
      );
    }
    return { head, body };
  }

  /** The first `length` bytes that are held; copied only where they came in several chunks. */
  private take(length: number): Buffer {
    const parts: Buffer[] = [];
    let missing = length;
    while (missing > 0) {
      const [first] = this.chunks;
      if (first.length > missing) {
        parts.push(first.subarray(0, missing));
        this.chunks[0] = first.subarray(missing);
        missing = 0;
      } else {
        parts.push(first);
        this.chunks.shift();
        missing -= first.length;
      }
    }
    this.held -= length;
    return parts.length === 1 ? parts[0] : Buffer.concat(parts, length);
  }
}

function parseHead(json: Buffer): object {
  const head: unknown = JSON.parse(json.toString());
  if (typeof head !== 'object' || head === null) throw new Error('a frame whose head is not an object');
  return head;
}
