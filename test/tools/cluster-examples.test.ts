/** The examples of `docs/cluster.md` are run with stand-ins for what a cluster has and this machine has not. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { EXIT_CODES } from '../../lib/src/cluster/cluster-error';
import { clusterFromEnv } from '../../lib/src/cluster/environment';
import { parseArguments, type TrainArguments } from '../../tools/train/arguments';
import { temporaryFolder } from '../temporary-folder';

const root = path.resolve(__dirname, '../..');
const folder = path.join(root, 'examples/cluster');
const text = (name: string) => fs.readFileSync(path.join(folder, name), 'utf8');
const { scripts } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

interface Call {
  readonly name: string;
  readonly args: readonly string[];
}

/** Runs a script where the programs that it calls only write down how; what else it needs of the system is there. */
function run(t: TestContext, script: string, args: readonly string[], env: Record<string, string> = {}) {
  const directory = temporaryFolder(t);
  for (const name of ['srun', 'scontrol', 'parallel', 'taskset', 'nproc', 'npm'])
    fs.symlinkSync(path.join(root, 'test/fixtures/cluster/called.sh'), path.join(directory, name));
  const calls = path.join(directory, 'calls');
  const { status, stderr } = spawnSync('bash', [path.join(folder, script), ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { PATH: `${directory}:${path.dirname(process.execPath)}:/usr/bin:/bin`, CALLS: calls, ...env },
  });
  const lines = fs.existsSync(calls) ? fs.readFileSync(calls, 'utf8').trim().split('\n') : [];
  return {
    status,
    stderr,
    calls: lines.map((line): Call => {
      const [name, ...args] = line.split('\t');
      return { name, args };
    }),
  };
}

/** What a script has the training do, from `node --import tsx tools/train/main.ts ...` or `npm run train -- ...`. */
function trainingOf({ args }: Call): TrainArguments {
  const program = args.indexOf('tools/train/main.ts');
  const start = program === -1 ? args.indexOf('--') : program;
  assert.ok(start >= 0, `no training: ${args.join(' ')}`);
  if (program >= 0) {
    assert.deepEqual(args.slice(program - 3, program), ['node', '--import', 'tsx']);
    assert.ok(fs.existsSync(path.join(root, args[program])));
  } else {
    assert.deepEqual(args.slice(0, start), ['run', 'train']);
  }
  return parseArguments(args.slice(start + 1))!;
}

/** The `#SBATCH` lines, by option. */
function directives(script: string): Record<string, string> {
  const lines = [...text(script).matchAll(/^#SBATCH --([a-z-]+)(?:=(.*))?$/gm)];
  return Object.fromEntries(lines.map(([, option, value = '']) => [option, value]));
}

const SCRIPTS = ['slurm.sbatch', 'sweep-slurm.sbatch', 'sweep-parallel.sh'];

test('every script is one for bash', () => {
  for (const script of SCRIPTS) {
    const { status, stderr } = spawnSync('bash', ['-n', path.join(folder, script)], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  }
});

describe('a training on the nodes of SLURM', () => {
  const job = { SLURM_JOB_ID: '77', SLURM_CPUS_PER_TASK: '16' };
  const options = ['--recipe', 'resnet20', '--seed', '3'];

  test('is one task a node, all with the same program, which goes on from its last checkpoint', (t) => {
    const { status, calls } = run(t, 'slurm.sbatch', options, { ...job, SRUN_STATUS: '0' });
    assert.equal(status, 0);
    const [srun, ...others] = calls;
    assert.deepEqual(others, []);
    assert.equal(srun.name, 'srun');
    assert.deepEqual(srun.args.slice(0, srun.args.indexOf('node')), [
      ...['--distribution=block', '--cpus-per-task=16', '--kill-on-bad-exit=0', '--label'],
    ]);
    const { recipe, seed, resume, data } = trainingOf(srun);
    assert.deepEqual([recipe.name, seed, resume, data], ['resnet20', 3, true, 'cifar10']);
    const { nodes, 'ntasks-per-node': tasks, requeue } = directives('slurm.sbatch');
    assert.equal(tasks, '1');
    assert.equal(requeue, '');
    assert.equal(recipe.batchSize % Number(nodes), 0);
  });

  test('finds its workers by what srun tells each', () => {
    const { nodes } = directives('slurm.sbatch');
    for (let index = 0; index < Number(nodes); index++) {
      const named = clusterFromEnv({
        ...{ SLURM_JOB_ID: '77', SLURM_STEP_ID: '0', SLURM_PROCID: String(index), SLURM_NTASKS: nodes },
        ...{ SLURM_STEP_NODELIST: 'n[1-4]', SLURM_STEP_TASKS_PER_NODE: `1(x${nodes})` },
      });
      assert.deepEqual(named?.hosts, ['n1:11232', 'n2:11232', 'n3:11232', 'n4:11232']); // 10000 + 77 * 16
      assert.equal(named?.index, index);
    }
  });

  test('is interrupted before its time is up, as by Ctrl-C', () => {
    assert.match(directives('slurm.sbatch').signal, /^INT@\d+$/); // without B: the step gets it, not the script
    assert.match(directives('sweep-slurm.sbatch').signal, /^INT@\d+$/);
  });

  for (const [why, status] of [
    ...(['lost', 'missing'] as const).map((kind) => [`with a worker ${kind}`, EXIT_CODES[kind]] as const),
    ['when it was interrupted', 130] as const,
    ['with a worker killed', 128 + 9] as const,
  ]) {
    test(`goes back into the queue ${why}`, (t) => {
      const end = run(t, 'slurm.sbatch', options, { ...job, SRUN_STATUS: String(status) });
      assert.equal(end.status, 0);
      assert.deepEqual(end.calls[1], { name: 'scontrol', args: ['requeue', '77'] });
    });
  }

  for (const [why, status] of [
    ...(['disagreement', 'address', 'port'] as const).map((kind) => [kind, EXIT_CODES[kind]] as const),
    ['any other error', 1] as const,
  ]) {
    test(`ends for good after ${why}`, (t) => {
      const end = run(t, 'slurm.sbatch', options, { ...job, SRUN_STATUS: String(status) });
      assert.equal(end.status, status);
      assert.deepEqual(
        end.calls.map(({ name }) => name),
        ['srun'],
      );
    });
  }

  test('is given up when it fails again and again', (t) => {
    const often = { ...job, SRUN_STATUS: String(EXIT_CODES.lost), SLURM_RESTART_COUNT: '49' };
    const { status, stderr, calls } = run(t, 'slurm.sbatch', options, often);
    assert.equal(status, EXIT_CODES.lost);
    assert.equal(stderr, 'giving up after 50 starts; look at what the workers said: status 75\n');
    assert.equal(calls.length, 1);
  });
});

/** Every recipe of a sweep with every seed. */
const SWEEP = ['article', 'article-cycle'].flatMap((name) => [1, 2, 3].map((seed) => `${name} ${seed}`));
const nameOf = ({ recipe, seed }: TrainArguments) => `${recipe.name} ${seed}`;

describe('a sweep', () => {
  test('by SLURM is an array with a job for each recipe and seed', (t) => {
    const [, last] = /^0-(\d+)%\d+$/.exec(directives('sweep-slurm.sbatch').array)!;
    const trainings = Array.from({ length: Number(last) + 1 }, (_, task) => {
      const env = { SLURM_JOB_ID: '80', SLURM_CPUS_PER_TASK: '8', SLURM_ARRAY_TASK_ID: String(task) };
      const { status, calls } = run(t, 'sweep-slurm.sbatch', [], { ...env, SRUN_STATUS: '0' });
      assert.equal(status, 0);
      assert.equal(calls.length, 1);
      return trainingOf(calls[0]);
    });
    assert.deepEqual(trainings.map(nameOf), SWEEP);
    assert.ok(trainings.every(({ resume }) => resume));
  });

  test('by SLURM puts an interrupted run back into the queue, and no failed one', (t) => {
    const env = { SLURM_JOB_ID: '80', SLURM_CPUS_PER_TASK: '8', SLURM_ARRAY_TASK_ID: '5' };
    const interrupted = run(t, 'sweep-slurm.sbatch', [], { ...env, SRUN_STATUS: '130' });
    assert.deepEqual(interrupted.calls[1], { name: 'scontrol', args: ['requeue', '80'] });
    const failed = run(t, 'sweep-slurm.sbatch', [], { ...env, SRUN_STATUS: '1' });
    assert.equal(failed.status, 1);
    assert.equal(failed.calls.length, 1);
  });

  test('by GNU parallel runs each recipe with each seed, after one set-up', (t) => {
    const { status, stderr, calls } = run(t, 'sweep-parallel.sh', ['--data', 'generated'], { THREADS: '2' });
    assert.equal(status, 0, stderr);
    const [setup, ...trainings] = calls.filter(({ name }) => name === 'npm');
    assert.deepEqual(setup.args, ['run', 'setup']);
    assert.deepEqual(trainings.map(trainingOf).map(nameOf), SWEEP);
    assert.ok(trainings.map(trainingOf).every(({ resume, data }) => resume && data === 'generated'));
    const { args } = calls.find(({ name }) => name === 'parallel')!;
    assert.deepEqual(args.slice(0, args.indexOf('taskset')), [
      ...['--jobs', '2', '--joblog', 'out/sweep.log', '--resume-failed', '--line-buffer'],
      ...['--tagstring', '{1}-s{2}'],
    ]);
  });

  test('by GNU parallel gives every run processors of its own', (t) => {
    const lists = run(t, 'sweep-parallel.sh', [], { THREADS: '2' }).calls.flatMap(({ name, args }) =>
      name === 'taskset' ? [args[1]] : [],
    );
    assert.deepEqual(lists, ['0-1', '2-3', '0-1', '2-3', '0-1', '2-3']);
  });

  test('by GNU parallel refuses more threads than there are', (t) => {
    const { status, stderr, calls } = run(t, 'sweep-parallel.sh', [], { THREADS: '5' });
    assert.equal(status, 2);
    assert.equal(stderr, 'invalid THREADS; more than the 4 processors here: 5\n');
    assert.ok(calls.every(({ name }) => name === 'nproc'));
  });
});

describe('the Dockerfile', () => {
  const lines = text('Dockerfile')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line));
  const ofKind = (kind: string) =>
    lines.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length).trim());

  test('copies what there is, for the user who runs it', () => {
    const sources = ofKind('COPY').flatMap((line) => {
      const words = line.split(/\s+/);
      assert.equal(words[0], '--chown=1000:1000');
      return words.slice(1, -1);
    });
    for (const source of sources) assert.ok(fs.existsSync(path.join(root, source)), source);
    for (const needed of ['package.json', 'package-lock.json', 'lib', 'tools'])
      assert.ok(sources.includes(needed), needed);
  });

  test('sets up and trains by what the npm scripts run', () => {
    const setup = ofKind('RUN').find((line) => line.includes('npm run'))!;
    const [, script] = /npm run (\S+)/.exec(setup)!;
    assert.equal(script, 'setup');
    assert.ok(script in scripts);
    const [entry] = ofKind('ENTRYPOINT').map((line) => JSON.parse(line) as string[]);
    assert.equal(entry.join(' '), scripts.train);
    const [command] = ofKind('CMD').map((line) => JSON.parse(line) as string[]);
    assert.equal(parseArguments(command), undefined); // prints the help
  });

  test('has a user of its own before anything of ours runs, and none after him', () => {
    const users = lines.flatMap((line, at) => (line.startsWith('USER ') ? [{ line, at }] : []));
    assert.deepEqual(
      users.map(({ line }) => line),
      ['USER 1000:1000'],
    );
    assert.ok(users[0].at < lines.findIndex((line) => line.includes('npm run')));
    assert.ok(users[0].at < lines.findIndex((line) => line.startsWith('COPY ')));
  });

  test('is stopped as by Ctrl-C', () => {
    assert.deepEqual(ofKind('STOPSIGNAL'), ['SIGINT']);
  });

  test("ignores what a checkout's set-up leaves", () => {
    assert.ok(text('Dockerfile.dockerignore').split('\n').includes('**/node_modules'));
  });
});

describe('the page', () => {
  const page = fs.readFileSync(path.join(root, 'docs/cluster.md'), 'utf8');

  test('computes its table on paper by its formulas', () => {
    const row =
      /^\| (\d+) \| (\d+) (Gbit|MB)\/s \| (\d+) MB \| (\d+) ms \| (\d+) – (\d+) % \| (\d+) – (\d+) % \|$/gm;
    const rows = [...page.matchAll(row)];
    assert.equal(rows.length, 6);
    for (const [line, workers, speed, unit, ...figures] of rows) {
      const bytes = 2 * (1 - 1 / Number(workers)) * 4 * 25.6e6;
      const seconds = bytes / (Number(speed) * (unit === 'Gbit' ? 1e9 / 8 : 1e6));
      const efficiencies = [0.082, 0.816].flatMap((t) => [
        t / (t + seconds),
        t / Math.max(t, t / 3 + seconds),
      ]);
      const expected = [bytes / 1e6, 1000 * seconds, ...efficiencies.map((share) => 100 * share)];
      assert.deepEqual(figures.map(Number), expected.map(Math.round), line);
    }
  });

  test('names every fault with its status', () => {
    for (const [kind, status] of Object.entries(EXIT_CODES))
      assert.ok(page.includes(`| \`${kind}\` | ${status} |`), kind);
  });

  test('gives commands that there are', () => {
    const commands = [...page.matchAll(/(?:npm run train --|tools\/train\/main\.ts) (--[^`]+)`/g)];
    assert.ok(commands.length >= 3, `${commands.length} found: the pattern no longer fits the page`);
    for (const [, options] of commands) {
      const words = options.replace(/\bN\b/g, '1').split(' '); // N: any number, as in "--seed N"
      assert.equal(parseArguments(words)?.recipe.name, 'resnet20', options);
    }
  });

  test('links to files that there are', () => {
    const links = [...page.matchAll(/\]\((\.\.\/[^)#]+)/g)].map(([, link]) => link);
    assert.ok(links.length > 5);
    for (const link of links) assert.ok(fs.existsSync(path.join(root, 'docs', link)), link);
  });
});
