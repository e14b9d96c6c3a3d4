import { type Address, formatAddress } from './addresses';
import type { ClusterError } from './cluster-error';
import type { Connection } from './connection';
import type { Door } from './door';
import { Link } from './link';
import type { MeetingOptions } from './meeting';
import { asMessage, type Hello, type Identity, type Message, nameOf, objection } from './messages';
import { giveNotices } from './notices';
import { probe } from './reach';
import { disagreement, missing, wrongPlace } from './start-faults';

/**
 * How worker 0 begins: the links to workers 1, 2, ..., once all are there. Who goes while others are awaited may come again.
 *
 * @throws ClusterError 'missing' or 'disagreement', as all that are there are told
 */
export async function awaitWorkers(door: Door, options: MeetingOptions): Promise<Link[]> {
  const reception = new Reception(door, options);
  const { startSeconds, onWaiting } = options;
  const stopNotices = giveNotices(onWaiting, () => reception.awaited());
  const deadline = setTimeout(() => reception.giveUp(), startSeconds * 1000);
  const isOver = new AbortController();
  reception.lookForAnotherZero(performance.now() + startSeconds * 1000, isOver.signal);
  try {
    return await reception.all;
  } finally {
    stopNotices();
    clearTimeout(deadline);
    isOver.abort();
  }
}

interface Guest {
  readonly link: Link;
  /** Tells one that comes again from a second one. */
  readonly token: string;
}

class Reception {
  readonly all: Promise<Link[]>;
  private readonly guests = new Map<number, Guest>();
  private readonly addresses: readonly Address[];
  private isOver = false;
  private resolve!: (links: Link[]) => void;
  private reject!: (error: ClusterError) => void;

  constructor(
    private readonly door: Door,
    private readonly options: MeetingOptions,
  ) {
    this.addresses = options.addresses;
    this.all = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    door.onHello = (connection, word) => this.receive(connection, word);
    door.onProbe = (other) => {
      if (other.index === 0) this.compare(other);
    };
    this.welcomeIfAll();
  }

  /** The names of those who are not there. */
  awaited(): string[] {
    const names = this.addresses.map((_, index) => nameOf(this.addresses, index));
    return names.filter((_, index) => index > 0 && !this.guests.has(index));
  }

  giveUp(): void {
    this.refuse(missing(this.awaited(), this.options.startSeconds));
  }

  /** Two workers 0 on two machines would wait for the others for ever, each by itself: asks who answers at the own address. */
  async lookForAnotherZero(until: number, signal: AbortSignal): Promise<void> {
    try {
      this.compare(await probe(this.addresses[0], this.door.self, { until, signal }));
    } catch {
      // not every network lets a machine reach itself by its own name
    }
  }

  /** @param other who asked, or answered, at the address of worker 0 */
  private compare(other: Identity): void {
    if (other.index !== 0) this.refuse(wrongPlace(other.index, formatAddress(this.addresses[0])));
    else if (other.token !== this.door.self.token)
      this.refuse(disagreement(`two workers were started as ${nameOf(this.addresses, 0)}`));
  }

  private receive(connection: Connection, word: Hello): void {
    if (this.isOver) {
      connection.drop();
      return;
    }
    const before = this.guests.get(word.index);
    const complaint = objection(word, this.addresses) ?? this.secondOf(before, word);
    if (complaint) {
      this.refuse(disagreement(complaint), connection);
      return;
    }
    const link = new Link(connection, nameOf(this.addresses, word.index), this.options.silenceSeconds);
    this.guests.set(word.index, { link, token: word.token });
    before?.link.close(new Error('has come again'));
    this.watch(link, word.index);
    this.tellAll({ is: 'waiting', missing: this.awaited() });
    this.welcomeIfAll();
  }

  private secondOf(before: Guest | undefined, { index, token }: Hello): string | undefined {
    if (!before || before.token === token) return undefined;
    return `two workers came as ${nameOf(this.addresses, index)}`;
  }

  private async watch(link: Link, index: number): Promise<void> {
    const end = await link.ended;
    if (this.isOver || this.guests.get(index)?.link !== link) return;
    this.guests.delete(index);
    link.close(new Error('gone before the beginning'));
    if (end.why === 'told') this.refuse(end.error);
    else this.tellAll({ is: 'waiting', missing: this.awaited() });
  }

  private welcomeIfAll(): void {
    if (this.awaited().length > 0) return;
    this.isOver = true;
    this.tellAll({ is: 'welcome' });
    this.resolve(this.addresses.slice(1).map((_, i) => this.guests.get(i + 1)!.link));
  }

  private async refuse(error: ClusterError, newcomer?: Connection): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    const told = newcomer?.send(asMessage(error));
    newcomer?.close();
    await Promise.all([told, ...[...this.guests.values()].map(({ link }) => link.dismiss(error))]);
    this.reject(error);
  }

  private tellAll(message: Message): void {
    for (const { link } of this.guests.values()) link.send(message);
  }
}
