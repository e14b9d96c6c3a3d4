/** `npm run train -- --local N`, and the supervisor behind it, with real processes that are killed. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../lib/src/data/random';
import { visibleGpus } from '../../tools/train/gpus';
import { runLocally } from '../../tools/train/local';
import { temporaryFolder } from '../temporary-folder';

const ROOT = path.resolve(__dirname, '../..');
const PROGRAM = path.join(ROOT, 'test/train/cluster-training-program.ts');

interface Run {
  readonly code: number;
  /** What it printed. */
  readonly text: string;
}

function commandLine(t: TestContext, args: readonly string[]): { child: ChildProcess; ended: Promise<Run> } {
  const child = spawn(process.execPath, ['--import', 'tsx', 'tools/train/main.ts', ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (part) => {
      text += part;
    });
  }
  return { child, ended: once(child, 'close').then(([code]) => ({ code, text })) };
}

/** Processes that a process has started: proc_pid_task(5). */
function childrenOf(pid: number): number[] {
  const text = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}

function isThere(pid: number): boolean {
  try {
    return !/\) Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await sleep(50);
}

const RECIPE = [
  '--recipe',
  'article',
  '--data',
  'generated',
  '--limit',
  '160',
  '--epochs',
  '4',
  '--name',
  'run',
];

test('two workers train by a recipe; one is killed, and all go on from the checkpoint to the same bits', async (t) => {
  const folders = ['alone', 'killed'].map((name) => path.join(temporaryFolder(t), name));
  const begin = (runs: string) =>
    commandLine(t, [...RECIPE, '--local', '2', '--runs', runs, '--silence-seconds', '20']);
  const undisturbed = begin(folders[0]);
  const whole = await undisturbed.ended;
  assert.equal(whole.code, 0, whole.text);
  assert.match(whole.text, /2 workers/);
  assert.match(whole.text, /worker 1: [\d,]+ images\/s, waited \d+ % of the time/);
  assert.match(whole.text, /test accuracy/);

  const disturbed = begin(folders[1]);
  const checkpoints = path.join(folders[1], 'run', 'checkpoints');
  await until(
    () => fs.existsSync(checkpoints) && fs.readdirSync(checkpoints).some((name) => /^step-\d+$/.test(name)),
  );
  const workers = childrenOf(disturbed.child.pid!);
  assert.equal(workers.length, 2);
  process.kill(workers[1], 'SIGKILL');
  const again = await disturbed.ended;
  assert.equal(again.code, 0, again.text);
  assert.match(again.text, /starting all 2 workers again, from the last checkpoint/);
  assert.match(again.text, /cannot go on; worker 1 /);
  assert.match(again.text, /resuming run run after step \d+/);
  assert.deepEqual(workers.filter(isThere), []);
  const [expected, found] = folders.map((folder) => weightsIn(path.join(folder, 'run', 'model')));
  assert.deepEqual(found, expected);
});

function weightsIn(folder: string): Buffer {
  const [file] = fs.readdirSync(folder).filter((name) => /\.(bin|safetensors)$/.test(name));
  return fs.readFileSync(path.join(folder, file));
}

test('workers that are killed twenty times end with the bits of those that never were', async (t) => {
  const folder = temporaryFolder(t);
  const task = (name: string) =>
    JSON.stringify({
      fit: { epochs: 21, batchSize: 12, run: name, runs: folder, checkpoints: { everySteps: 3 } },
      connect: { silenceSeconds: 20 },
      slowMs: 15,
    });
  const random = seededRandom(5);
  const supervise = (name: string, kills: number) => {
    const messages: string[] = [];
    const options = {
      workers: 2,
      cwd: ROOT,
      leastSeconds: 0,
      onMessage: (message: string) => messages.push(message),
    };
    const command = [process.execPath, '--import', 'tsx', PROGRAM, task(name)];
    const ended = runLocally({ ...options, command, again: ['--resume'] });
    return { ended, messages, killing: killSome(folder, name, kills, random) };
  };
  const calm = supervise('calm', 0);
  assert.equal(await calm.ended, 0);
  const hunted = supervise('hunted', 20);
  assert.equal(await hunted.ended, 0);
  assert.equal(await hunted.killing, 20);
  assert.equal(hunted.messages.length, 20, hunted.messages.join('\n'));
  const [expected, found] = ['calm', 'hunted'].map((name) =>
    lastLosses(path.join(folder, name, 'records.jsonl')),
  );
  assert.equal(expected.length, 21 * 4);
  assert.deepEqual(found, expected);
});

/** Kills one of this process's workers each time when a few more steps are on record. */
async function killSome(folder: string, name: string, kills: number, random: () => number): Promise<number> {
  const file = path.join(folder, name, 'checkpoints');
  let seen = -1;
  for (let kill = 0; kill < kills; kill++) {
    await until(() => newestStep(file) > seen && workersHere().length === 2);
    seen = newestStep(file);
    await sleep(60 * random());
    const victims = workersHere();
    process.kill(victims[Math.floor(random() * victims.length)], 'SIGKILL');
    await until(() => victims.every((pid) => !isThere(pid)));
  }
  return kills;
}

function workersHere(): number[] {
  return childrenOf(process.pid).filter((pid) => {
    try {
      return (
        isThere(pid) && fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('cluster-training-program')
      );
    } catch {
      return false;
    }
  });
}

function newestStep(checkpoints: string): number {
  if (!fs.existsSync(checkpoints)) return -1;
  const steps = fs.readdirSync(checkpoints).flatMap((name) => /^step-(\d+)$/.exec(name)?.[1] ?? []);
  return Math.max(-1, ...steps.map(Number));
}

/** Of every step, in order. */
function lastLosses(file: string): number[] {
  const records = fs
    .readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return records.filter(({ kind }) => kind === 'step').map(({ loss }) => loss);
}

test('who waits for a worker that was killed before they met is started again long before the time is up', {
  timeout: 60_000,
}, async (t) => {
  const fit = { epochs: 1, batchSize: 12, run: 'late', runs: temporaryFolder(t) };
  const task = JSON.stringify({ fit, connect: { startSeconds: 3600 } });
  const killedAtFirst = 'case "$*" in *--resume*|*"--index 0") exec "$0" "$@";; esac; kill -KILL $$';
  const command = ['sh', '-c', killedAtFirst, process.execPath, '--import', 'tsx', PROGRAM, task];
  const messages: string[] = [];
  const onMessage = (message: string) => messages.push(message);
  assert.equal(await runLocally({ workers: 2, command, again: ['--resume'], cwd: ROOT, onMessage }), 0);
  assert.deepEqual(messages, [
    'worker 1 was ended by SIGKILL; starting all 2 workers again, from the last checkpoint',
  ]);
});

test('workers that were asked to stop may take longer, to save a checkpoint', async (t) => {
  const saved = path.join(temporaryFolder(t), 'saved');
  const stopped = 'if [ "$4" = 1 ]; then exit 130; fi; sleep 1; touch "$0"; exit 130'; // $4: of --hosts H --index K
  const command = ['sh', '-c', stopped, saved];
  const options = { workers: 2, command, again: [], cwd: ROOT, onMessage: () => {}, graceMs: 1 };
  assert.equal(await runLocally(options), 130);
  assert.ok(fs.existsSync(saved));
});

test("a terminal's Ctrl-C reaches each worker once: twice would mean at once, without a checkpoint", async (t) => {
  const folder = temporaryFolder(t);
  const counts = `let n = 0; process.on('SIGINT', () => n++ || setTimeout(() => {
    fs.writeFileSync(process.argv[1] + process.argv.at(-1), String(n)); process.exit(130); }, 500));
    fs.writeFileSync(process.argv[1] + 'up' + process.argv.at(-1), ''); setInterval(() => {}, 1000);`;
  const main = `require('${path.join(ROOT, 'tools/train/local.ts')}').runLocally({ workers: 2, again: [], cwd: '/',
    onMessage() {}, command: [process.execPath, '-e', ${JSON.stringify(counts)}, '${folder}/'] }).then(process.exit);`;
  const inTerminal = `import os, pty, sys, time
pid, terminal = pty.fork()
if pid == 0: os.execvp(sys.argv[1], sys.argv[1:])
while not all(os.path.exists('${folder}/up%d' % i) for i in (0, 1)): time.sleep(0.05)
os.write(terminal, b'\x03')
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))`;
  const python = spawn('python3', ['-c', inTerminal, process.execPath, '--import', 'tsx', '-e', main], {
    cwd: ROOT,
  });
  t.after(() => python.kill('SIGKILL'));
  const [status] = await once(python, 'exit');
  assert.equal(status, 130);
  const told = ['0', '1'].map((index) => fs.readFileSync(path.join(folder, index), 'utf8'));
  assert.deepEqual(told, ['1', '1']);
});

test('each worker gets a GPU of its own, and shares one where there are fewer of them', async (t) => {
  const folder = temporaryFolder(t);
  const command = ['sh', '-c', 'printf %s "$CUDA_VISIBLE_DEVICES" > "$0/$4"', folder]; // $4: of --hosts H --index K
  const options = { workers: 3, command, again: [], cwd: ROOT, onMessage: () => {} };
  assert.equal(await runLocally({ ...options, gpus: ['2', 'GPU-5ff1'] }), 0);
  const told = ['0', '1', '2'].map((index) => fs.readFileSync(path.join(folder, index), 'utf8'));
  assert.deepEqual(told, ['2', 'GPU-5ff1', '2']);
});

test("the GPUs are those of the environment, or else those of NVIDIA's driver", (t) => {
  const driver = temporaryFolder(t);
  for (const bus of ['0000:17:00.0', '0000:ca:00.0']) fs.mkdirSync(path.join(driver, bus));
  assert.deepEqual(visibleGpus({}, driver), ['0', '1']);
  assert.deepEqual(visibleGpus({ CUDA_VISIBLE_DEVICES: '3,GPU-5ff1' }, driver), ['3', 'GPU-5ff1']);
  for (const none of ['', '-1']) assert.deepEqual(visibleGpus({ CUDA_VISIBLE_DEVICES: none }, driver), []);
  assert.deepEqual(visibleGpus({}, path.join(driver, 'missing')), []);
});

test('a worker that fails for good is not started again', async () => {
  const messages: string[] = [];
  const command = [process.execPath, '-e', 'setTimeout(() => process.exit(78), 300)', '--'];
  const options = {
    workers: 2,
    command,
    again: [],
    cwd: ROOT,
    onMessage: (message: string) => messages.push(message),
  };
  assert.equal(await runLocally(options), 78);
  assert.deepEqual(messages, []);
});

test('three starts in vain are enough, and nothing is left of workers that do not end', async () => {
  const messages: string[] = [];
  const program = 'if (process.argv.at(-1) === "0") process.exit(75); setInterval(() => {}, 1000)';
  const command = [process.execPath, '-e', program, '--'];
  const options = { workers: 2, command, again: [], cwd: ROOT, graceMs: 300 };
  const before = childrenOf(process.pid);
  assert.equal(await runLocally({ ...options, onMessage: (message) => messages.push(message) }), 75);
  assert.equal(messages.length, 3);
  assert.match(messages[2], /^giving up; 3 starts in a row lasted less than 60 s/);
  assert.deepEqual(
    childrenOf(process.pid).filter((pid) => !before.includes(pid)),
    [],
  );
});
