import type { Address } from './addresses';
import { ClusterError, type ClusterFault } from './cluster-error';
import type { Link, LinkEnd, Word } from './link';
import type { Meeting, MeetingOptions } from './meeting';
import { nameOf } from './messages';

const MOST_JSON = 1_000_000; // characters of a value: worker 0 sends all of them to all
const END = 'its end';

type WordThat<Is extends Word['is']> = Extract<Word, { readonly is: Is }>;

/**
 * A meeting as a star: every worker says to worker 0 where in the program it is, and worker 0 answers when all are at the same place.
 * So whoever is at another place is found out by worker 0, instead of waiting for what never comes.
 */
export class Star implements Meeting {
  readonly index: number;
  readonly size: number;
  readonly fault: Promise<never>;
  private readonly addresses: readonly Address[];
  private readonly silenceSeconds: number;
  private rejectFault!: (error: ClusterError) => void;
  private turn: Promise<unknown> = Promise.resolve(); // until what was asked for before is done
  private isLeaving = false;
  private failure: ClusterError | undefined;
  private over: Promise<void> | undefined; // resolves when the others know, and nothing is open any more

  /** @param links worker 0: to workers 1, 2, ...; the others: to worker 0 */
  constructor(
    { addresses, index, silenceSeconds }: MeetingOptions,
    private readonly links: readonly Link[],
  ) {
    this.index = index;
    this.size = addresses.length;
    this.addresses = addresses;
    this.silenceSeconds = silenceSeconds;
    this.fault = new Promise((_, reject) => {
      this.rejectFault = reject;
    });
    this.fault.catch(() => {}); // nobody has to look at it
    for (const link of links) link.ended.then((end) => this.onEnded(link, end));
  }

  async gather<T>(topic: string, value: T): Promise<T[]> {
    const json = JSON.stringify(value) ?? 'null';
    if (json.length > MOST_JSON) {
      const rule = `more than ${MOST_JSON} characters as JSON: ${json.length}`;
      throw new RangeError(`invalid value to gather on "${topic}"; ${rule}; broadcast bytes instead`);
    }
    const own: unknown = JSON.parse(json); // as the others get it
    const values = await this.inTurn(`"${topic}"`, async (at) => {
      if (this.index !== 0) return (await this.ask('all', at, own)).values;
      const words = await this.hearAll('say', at);
      const all = [own, ...words.map((word) => word.value)];
      await Promise.all(this.links.map((link) => link.send({ is: 'all', values: all })));
      return all;
    });
    return values as T[];
  }

  async broadcast(topic: string, bytes?: Uint8Array): Promise<Uint8Array> {
    return this.inTurn(`the broadcast of "${topic}"`, async (at) => {
      if (this.index !== 0) return (await this.ask('bytes', at)).bytes;
      if (!bytes) throw new TypeError(`invalid bytes to broadcast on "${topic}"; worker 0 has to give them`);
      await this.hearAll('say', at);
      await Promise.all(this.links.map((link) => link.sendBytes(bytes)));
      return bytes;
    });
  }

  async abort(reason: string, kind: ClusterFault = 'lost'): Promise<void> {
    const who = nameOf(this.addresses, this.index);
    this.over ??= this.dismissAll(new ClusterError(kind, `cannot go on; ${who} gave up: ${reason}`));
    await this.over;
  }

  async leave(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.silenceSeconds * 1000);
    });
    await Promise.race([late, this.inTurn(END, () => this.sayGoodbye()).catch(() => {})]);
    clearTimeout(timer);
    this.over ??= this.closeAll();
    await this.over;
  }

  /** Ends the meeting for everyone. */
  async end(error: ClusterError): Promise<void> {
    this.over ??= this.dismissAll(error).then(() => this.rejectFault(error));
    await this.over;
  }

  /** Calls are done one after the other, and fail only when the others have been told why. */
  private inTurn<T>(at: string, act: (at: string) => Promise<T>): Promise<T> {
    const done = this.turn.then(async () => {
      const result = await act(at).finally(() => this.over);
      if (this.failure) throw this.failure; // what could not be sent any more seems sent
      return result;
    });
    this.turn = done.catch(() => {});
    return done;
  }

  /** Every worker but worker 0: says where it is, and waits for the answer. */
  private ask<Is extends Word['is']>(is: Is, at: string, value?: unknown): Promise<WordThat<Is>> {
    const [zero] = this.links;
    zero.send({ is: 'say', at, value });
    return this.hear(zero, is, at);
  }

  /** Worker 0: waits until all the others are at the same place. */
  private hearAll<Is extends Word['is']>(is: Is, at: string): Promise<WordThat<Is>[]> {
    return Promise.all(this.links.map((link) => this.hear(link, is, at)));
  }

  private async hear<Is extends Word['is']>(link: Link, is: Is, at: string): Promise<WordThat<Is>> {
    const word = await link.next();
    const there = word.is === 'leave' ? END : word.is === 'say' ? word.at : at;
    if (word.is === is && there === at) return word as WordThat<Is>;
    const own = nameOf(this.addresses, this.index);
    const error = new ClusterError(
      'disagreement',
      `cannot go on; ${link.name} is at ${there}, ${own} at ${at}; start the same program with the same options on all of them`,
    );
    this.end(error);
    throw error;
  }

  private async sayGoodbye(): Promise<void> {
    this.isLeaving = true;
    if (this.index === 0) {
      await Promise.allSettled(this.links.map((link) => this.hear(link, 'leave', END)));
    } else {
      const [zero] = this.links;
      zero.send({ is: 'leave' });
      await this.hear(zero, 'leave', END);
    }
  }

  private onEnded(link: Link, end: LinkEnd): void {
    if (end.why === 'told') {
      this.end(end.error);
    } else if (end.why === 'left' || this.isLeaving) {
      link.close(new ClusterError('lost', `cannot go on; ${link.name} has left`));
    } else {
      const remedy = 'look at what it said last, and start all workers again';
      this.end(new ClusterError('lost', `cannot go on; ${link.name} ${end.how}; ${remedy}`));
    }
  }

  private async dismissAll(error: ClusterError): Promise<void> {
    this.failure = error;
    await Promise.all(this.links.map((link) => link.dismiss(error)));
  }

  private async closeAll(): Promise<void> {
    const left = new Error('this worker has left the others');
    if (this.index === 0) for (const link of this.links) link.send({ is: 'leave' });
    await Promise.all(this.links.map((link) => link.close(left)));
  }
}
