/** A measuring worker: takes an {@link Assignment}, as JSON, in its first argument and prints an {@link Answer} as a line of JSON. */
import fs from 'node:fs';
import { Cluster } from '../../../lib/src/cluster/cluster';
import { exitAtOnce } from '../../../lib/src/tensorflow/exit-at-once';
import { measureAllReduces } from './all-reduce';
import type { Answer, Assignment, Task } from './task';
import { measureTraining } from './training';

async function measure({ task, hosts, index }: Assignment): Promise<Answer<Task>> {
  const cluster = await Cluster.connect({ hosts, index, intraOpThreads: 1, onMessage: console.error });
  const report = await (task.task === 'train'
    ? measureTraining(task, cluster)
    : measureAllReduces(task, cluster));
  await cluster.leave();
  return { report };
}

function end(answer: Answer<Task>, status: number): void {
  fs.writeSync(1, `${JSON.stringify(answer)}\n`);
  exitAtOnce(status); // TensorFlow's server does not end
}

measure(JSON.parse(process.argv[2]) as Assignment).then(
  (answer) => end(answer, 0),
  (error: Error) => end({ error: error.message }, 1),
);
