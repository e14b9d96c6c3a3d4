/** One worker of `all-reduce.test.ts`: `all-reduce-program.ts TASK HOST,HOST INDEX`. It says its results in lines of JSON. */
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { setTimeout as later } from 'node:timers/promises';
import { GraphSession } from '../../lib/src/compile/graph-session';
import { RecordedFunction } from '../../lib/src/compile/recorded-function';
import { seededRandom } from '../../lib/src/data/random';
import { type MeanAcross, meanAcross } from '../../lib/src/ops/all-reduce';
import { sizeOf } from '../../lib/src/tensorflow/dtypes';
import { exitAtOnce } from '../../lib/src/tensorflow/exit-at-once';
import { tf } from '../../lib/src/tensorflow/load';
import { NativeServer } from '../../lib/src/tensorflow/native-server';

export const SHAPES = [[30], [4, 5], [], [1, 50], [7]] as const;
/** Of {@link SHAPES}, what has to travel as float32. */
export const EXACT = [2, 4];

/** The tensors travel in this many buckets. */
export const REDUCTIONS: Readonly<Record<string, { readonly buckets: number } & Partial<MeanAcross>>> = {
  'one bucket': { buckets: 1 },
  'four buckets': { buckets: 4, bucketBytes: 84 },
  'a bucket for every tensor': { buckets: 5, bucketBytes: 1 },
  bfloat16: { buckets: 2, transport: 'bfloat16' },
};

/** What a worker has in the tensors: random numbers of its own. */
export function heldBy(index: number): Float32Array[] {
  const random = seededRandom(index);
  return SHAPES.map((shape) => Float32Array.from({ length: sizeOf(shape) }, () => random() - 0.5));
}

function say(value: unknown): void {
  fs.writeSync(1, `${JSON.stringify(value)}\n`);
}

/** The mean over all workers of a worker's variables, as a step of a session on its server. */
function meanStep(server: NativeServer, index: number, how: MeanAcross) {
  const variables = heldBy(index).map((values, i) => tf.variable(tf.tensor(values, [...SHAPES[i]])));
  const exact = how.transport === 'bfloat16' ? EXACT.map((i) => variables[i]) : [];
  const session = new GraphSession({}, undefined, server);
  const recorded = new RecordedFunction(() => meanAcross(variables, { ...how, exact }), session, 'the step');
  const step = async () => {
    const results = await recorded.for([]).call([]);
    return results.map((result) => {
      const values = Array.from(result.read(), Number);
      result.dispose();
      return values;
    });
  };
  return { session, step };
}

/** Resolves when every worker's server is there. */
async function allOpen(hosts: readonly string[]): Promise<void> {
  for (const host of hosts) while (!(await isOpen(host))) await later(50);
}

async function isOpen(host: string): Promise<boolean> {
  const [address, port] = host.split(':');
  return new Promise((resolve) => {
    const socket = net.connect(Number(port), address);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

const TASKS: Readonly<Record<string, (server: NativeServer, size: number, index: number) => Promise<void>>> =
  {
    /** Says the means of every reduction, twice, and is there until its input ends: the others may have to take something from it. */
    async means(server, size, index) {
      for (const [at, { buckets: _, ...how }] of Object.values(REDUCTIONS).entries()) {
        const { step } = meanStep(server, index, { size, instance: 1 + 10 * at, timeoutSeconds: 60, ...how });
        say([await step(), await step()]);
      }
      await once(process.stdin.resume(), 'end');
    },

    /** Steps until one fails, and says a line for each. */
    async steps(server, size, index) {
      const { step } = meanStep(server, index, { size, instance: 1, timeoutSeconds: 10 });
      try {
        for (let i = 1; ; i++) {
          await step();
          say(i);
        }
      } catch (error) {
        say(String(error));
      }
    },

    /** Breaks off a step that waits for the others. */
    async impatience(server, size, index) {
      const { session, step } = meanStep(server, index, { size, instance: 1, timeoutSeconds: 600 });
      const waiting = step().catch(String);
      await later(500);
      await session.cancel();
      say(await waiting);
      say(await step().catch(String));
    },

    /** Ends the process while a step waits for the others. */
    async flight(server, size, index) {
      process.once('exit', say);
      const { step } = meanStep(server, index, { size, instance: 1, timeoutSeconds: 600 });
      void step();
      await later(500);
      exitAtOnce(7);
    },

    /** Is there, and takes no step. */
    async idleness() {
      await new Promise(() => setInterval(() => {}, 1000));
    },
  };

async function main(task: string, hosts: readonly string[], index: number): Promise<void> {
  const server = new NativeServer({ hosts, index });
  await allOpen(hosts);
  await TASKS[task](server, hosts.length, index);
  process.exit(0);
}

if (require.main === module) void main(process.argv[2], process.argv[3].split(','), Number(process.argv[4]));
