/**
 * Jupyter's wire format: a message is `[identities, <IDS|MSG>, signature, header, parent header, metadata, content]`.
 *
 * Source: "The wire protocol" in Jupyter Client's documentation, protocol 5.3, which is what tslab speaks.
 */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';

const DELIMITER = '<IDS|MSG>';

export interface Header {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly version: string;
}

export interface Message {
  readonly header: Header;
  /** The header of the request that this message answers; empty when there is none. */
  readonly parent: Partial<Header>;
  readonly content: Readonly<Record<string, unknown>>;
}

/** A new request of one client session. */
export function request(type: string, session: string, content: Record<string, unknown>): Message {
  return {
    header: {
      msg_id: randomUUID(),
      msg_type: type,
      session,
      username: 'run-notebooks',
      date: new Date().toISOString(),
      version: '5.3',
    },
    parent: {},
    content,
  };
}

/** The frames of a message, signed with the connection's key. */
export function encode(message: Message, key: string): string[] {
  const parts = [message.header, message.parent, {}, message.content].map((part) => JSON.stringify(part));
  return [DELIMITER, sign(parts, key), ...parts];
}

/**
 * The message in these frames.
 *
 * @throws Error when the delimiter or a part is missing, or the signature is not that of the key
 */
export function decode(frames: readonly Buffer[], key: string): Message {
  const delimiter = frames.findIndex((frame) => frame.equals(Buffer.from(DELIMITER)));
  const parts = frames.slice(delimiter + 2);
  if (delimiter === -1 || parts.length < 4) {
    throw new Error(`cannot read a kernel's message; not a Jupyter message of ${frames.length} frames`);
  }
  const expected = Buffer.from(sign(parts, key));
  const found = frames[delimiter + 1];
  if (found.length !== expected.length || !timingSafeEqual(found, expected)) {
    throw new Error("cannot read a kernel's message; its signature is not that of this connection's key");
  }
  const [header, parent, , content] = parts.map((part) => JSON.parse(part.toString()));
  return { header, parent, content };
}

function sign(parts: readonly (string | Buffer)[], key: string): string {
  const hash = createHmac('sha256', key);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
