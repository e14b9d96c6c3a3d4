import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseArguments } from '../../tools/bench/arguments';
import { judgeCluster } from '../../tools/bench/cluster/bars';
import { cpuList, ownCores } from '../../tools/bench/cluster/cores';
import { measureCluster } from '../../tools/bench/cluster/measure-cluster';
import { type ClusterChoice, type ClusterPlan, planCluster } from '../../tools/bench/cluster/plan';
import { runWorkers } from '../../tools/bench/cluster/run-workers';
import { allReduceMedians, trainingMedians } from '../../tools/bench/cluster/summary';
import { clusterTable } from '../../tools/bench/cluster/table';
import type { AllReduceTask, TrainingReport, TrainingTask } from '../../tools/bench/cluster/task';
import { temporaryFolder } from '../temporary-folder';

const root = path.resolve(__dirname, '../..');
const TRAINING: TrainingTask = { task: 'train', net: 'article', share: 2, steps: 2, epochs: 2 };
const ALL_REDUCE: AllReduceTask = { task: 'all-reduce', sizes: [{ bytes: 4000, repeats: 2 }] };

const planOf = (argv: string[], cores: number) =>
  planCluster(parseArguments(['--cluster', ...argv]) as ClusterChoice, cores);

function report(msPerStep: number, waited: number[] = []): TrainingReport {
  const imagesPerSecond = 32_000 / msPerStep;
  return { parameters: 1234, msPerStep, imagesPerSecond, waited, loss: 2, versions: {} };
}

test("the issue's nets are trained by one worker and by as many as there are cores, with the same share each", () => {
  const { trainings, workers, rounds, allReduce } = planOf([], 2);
  assert.deepEqual(
    trainings.map(({ net, share }) => [net, share]),
    [
      ['article', 32],
      ['resnet20', 64],
    ],
  );
  assert.deepEqual([workers, rounds], [[1, 2], 3]);
  assert.deepEqual(
    allReduce.sizes.map(({ bytes }) => bytes),
    [380_000, 1_320_000, 10_000_000, 100_000_000],
  );
  assert.deepEqual(planOf([], 16).workers, [1, 2, 3, 4]);
});

test('options choose nets, rounds and steps', () => {
  const { trainings, rounds } = planOf(['--net', 'resnet110', '--rounds', '1', '--steps', '7'], 2);
  assert.deepEqual(
    trainings.map(({ net, steps }) => [net, steps]),
    [['resnet110', 7]],
  );
  assert.equal(rounds, 1);
});

for (const [option, value] of [
  ['measure', 'train'],
  ['batch', '32'],
  ['peers', 'none'],
  ['images', '9'],
  ['epochs', '3'],
]) {
  test(`--${option} is refused together with --cluster`, () => {
    assert.throws(() => parseArguments(['--cluster', `--${option}`, value]), {
      name: 'RangeError',
      message: `invalid --${option}; not together with --cluster: ${value}`,
    });
  });
}

test("the kernel's lists of CPUs are read", () => {
  assert.deepEqual(cpuList('0-3,8'), [0, 1, 2, 3, 8]);
  assert.deepEqual(cpuList('5'), [5]);
});

test('efficiency is the time of a step alone by that of a step together, both medians of all rounds', () => {
  const rounds = new Map([
    [1, [report(10), report(8), report(30)]],
    [2, [report(12, [0.1, 0.3]), report(12.5, [0.2, 0.1]), report(40, [0.3, 0.2])]],
  ]);
  const [alone, together] = trainingMedians(TRAINING, rounds);
  assert.equal(alone.efficiency, undefined);
  assert.equal(together.efficiency, 0.8);
  assert.deepEqual(together.waited, [0.2, 0.2]);
  assert.deepEqual(together.msPerStepRange, [12, 40]);
});

test('a ring of N workers takes 2 (N - 1) / N of the bytes through each of them', () => {
  const task: AllReduceTask = { task: 'all-reduce', sizes: [{ bytes: 12e6, repeats: 1 }] };
  const bandwidth = (workers: number) =>
    allReduceMedians(task, workers, [{ ms: [12] }])[0].gigabytesPerSecond;
  assert.deepEqual([bandwidth(2), bandwidth(4)], [1, 1.5]);
});

test('a bar is met at its limit, and is for two workers', () => {
  const verdicts = (net: 'article' | 'resnet20' | 'resnet50', workers: number, ms: number) => {
    const rounds = new Map([
      [1, [report(70)]],
      [workers, [report(ms, [0, 0])]],
    ]);
    return judgeCluster(trainingMedians({ ...TRAINING, net }, rounds)).map(({ met }) => met);
  };
  assert.deepEqual(verdicts('article', 2, 100), [true]);
  assert.deepEqual(verdicts('article', 2, 101), [false]);
  assert.deepEqual(verdicts('resnet20', 2, 83), [false]);
  assert.deepEqual(verdicts('resnet20', 2, 82), [true]);
  assert.deepEqual(verdicts('article', 3, 100), []);
  assert.deepEqual(verdicts('resnet50', 2, 100), []);
});

test('the table shows workers, efficiency, waiting, the bar, and the bandwidth by size', () => {
  const rounds = new Map([
    [1, [report(8), report(8)]],
    [2, [report(10, [0.1, 0.2]), report(10, [0.1, 0.2])]],
  ]);
  const text = clusterTable({
    trainings: [trainingMedians({ ...TRAINING, share: 32 }, rounds)],
    allReduces: allReduceMedians(ALL_REDUCE, 2, [{ ms: [2] }]),
    versions: {},
  });
  assert.equal(
    text,
    `cluster: article, 32 images per worker in a step, 1,234 parameters, a core each, medians of 2 rounds
  workers  ms a step    from-to  images/s  efficiency  waited, by worker
  1             8.00  8.00-8.00      4000
  2             10.0  10.0-10.0      3200      80.0 %     10.0 %, 20.0 %
bars
  met     at least 70.0 %: 80.0 % efficiency of 2 workers

all-reduce of float32 over loopback, a core each, 1 round
  workers       MB    ms  GB/s each way
  2        0.00400  2.00        0.00200`,
  );
});

/** The processes that this one has started, with all that those have started. */
function startedProcesses(t: TestContext): () => string[] {
  const mark = `RESNET_LAB_TEST_MARK=${process.pid}-${Date.now()}`;
  const [name, value] = mark.split('=');
  process.env[name] = value;
  t.after(() => delete process.env[name]);
  const isMarked = (pid: string) => {
    try {
      return fs.readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark);
    } catch {
      return false; // it has ended, or it is another user's
    }
  };
  return () => fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isMarked(name));
}

function coresOrUndefined(): number[] | undefined {
  try {
    return ownCores();
  } catch {
    return undefined;
  }
}

const cores = coresOrUndefined();
const skip = cores ? false : 'there are no two cores for two workers';

test('one worker and two train and reduce, are measured, and leave no process', { skip }, async (t) => {
  const started = startedProcesses(t);
  const plan: ClusterPlan = { rounds: 1, workers: [1, 2], trainings: [TRAINING], allReduce: ALL_REDUCE };
  const lines: string[] = [];
  let most = 0;
  const { trainings, allReduces, versions } = await measureCluster(plan, {
    ...{ root, log: path.join(temporaryFolder(t), 'log'), cores: cores! },
    onLine: (line) => lines.push(line),
    onProgress: () => setTimeout(() => (most = Math.max(most, started().length)), 100),
  });
  const [[alone, together]] = trainings;
  for (const { msPerStep, imagesPerSecond, parameters } of [alone, together]) {
    assert.ok(msPerStep > 0 && imagesPerSecond > 0);
    assert.equal(parameters, 329_898);
  }
  assert.ok(together.efficiency! > 0);
  assert.equal(together.waited!.length, 2);
  for (const waited of together.waited!) assert.ok(waited >= 0 && waited <= 1);
  const [{ ms, gigabytesPerSecond }, ...others] = allReduces;
  assert.ok(ms > 0 && gigabytesPerSecond > 0);
  assert.deepEqual(others, []);
  assert.equal(versions.node, process.versions.node);
  const losses = lines.map((line) => JSON.parse(line)).filter(({ round, loss }) => round && loss);
  assert.equal(losses.length, 2);
  for (const { loss } of losses) assert.ok(Number.isFinite(loss));
  assert.ok(most > 0, 'no process was ever seen');
  assert.deepEqual(started(), []);
});

test('when a worker fails its words are the error, and no process is left', { skip }, async (t) => {
  const started = startedProcesses(t);
  const log = path.join(temporaryFolder(t), 'log');
  const failing = runWorkers({ ...TRAINING, share: 0 }, 2, { root, log, cores: cores! });
  await assert.rejects(failing, {
    message:
      /^worker [01] of 2 failed on article, 0 images each: invalid batchSize; not a positive integer: 0$/,
  });
  assert.deepEqual(started(), []);
});
