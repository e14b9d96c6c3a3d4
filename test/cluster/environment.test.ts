import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterFromEnv } from '../../lib/src/cluster/environment';
import type { Environment, NamedCluster } from '../../lib/src/cluster/environment-variables';

const tfConfig = (cluster: unknown, task?: unknown) => ({ TF_CONFIG: JSON.stringify({ cluster, task }) });
const ab = { worker: ['a:4000', 'b:4000'] };

/** Task 3 of 4 of job 7654, two on each of two nodes, as `srun` starts it. */
const slurm = {
  SLURM_JOB_ID: '7654',
  SLURM_STEP_ID: '0',
  SLURM_PROCID: '3',
  SLURM_NTASKS: '4',
  SLURM_STEP_NUM_TASKS: '4',
  SLURM_STEP_NODELIST: 'gpu[01-02]',
  SLURM_STEP_TASKS_PER_NODE: '2(x2)',
  SLURM_GTIDS: '2,3',
};

/** What torchrun gives the second of two processes on one machine. */
const torchrun = {
  RANK: '1',
  WORLD_SIZE: '2',
  LOCAL_RANK: '1',
  LOCAL_WORLD_SIZE: '2',
  GROUP_RANK: '0',
  MASTER_ADDR: 'localhost',
  MASTER_PORT: '29400',
  TORCHELASTIC_RUN_ID: 'none',
  TORCHELASTIC_USE_AGENT_STORE: 'True',
};

const kubernetes = {
  JOB_COMPLETION_INDEX: '2',
  RESNET_LAB_WORKERS: '3',
  RESNET_LAB_HOSTS: 'train-{index}.train:4000',
};

const clusters: Record<string, [Environment, NamedCluster]> = {
  "TF_CONFIG's workers by index": [
    tfConfig(ab, { type: 'worker', index: 1 }),
    { hosts: ['a:4000', 'b:4000'], index: 1, from: 'TF_CONFIG' },
  ],
  "TF_CONFIG's index as a text": [
    tfConfig(ab, { type: 'worker', index: '1' }),
    { hosts: ['a:4000', 'b:4000'], index: 1, from: 'TF_CONFIG' },
  ],
  "TF_CONFIG's chief as worker 0": [
    tfConfig({ ...ab, chief: ['c:4000'] }, { type: 'chief', index: 0 }),
    { hosts: ['c:4000', 'a:4000', 'b:4000'], index: 0, from: 'TF_CONFIG' },
  ],
  'the workers after the chief': [
    tfConfig({ ...ab, chief: ['c:4000'] }, { type: 'worker', index: 1 }),
    { hosts: ['c:4000', 'a:4000', 'b:4000'], index: 2, from: 'TF_CONFIG' },
  ],
  'the tasks of an srun, node by node': [
    slurm,
    {
      hosts: ['gpu01:20464', 'gpu01:20465', 'gpu02:20464', 'gpu02:20465'], // 10000 + 654 * 16
      index: 3,
      from: 'SLURM_STEP_NODELIST',
    },
  ],
  "the tasks of an srun on the job's nodes, unequal in number, with a port of their own": [
    {
      SLURM_STEP_ID: '1',
      SLURM_PROCID: '0',
      SLURM_NTASKS: '3',
      SLURM_JOB_NODELIST: 'gpu[7,9]',
      SLURM_TASKS_PER_NODE: '2,1',
      RESNET_LAB_PORT: '4000',
    },
    { hosts: ['gpu7:4000', 'gpu7:4001', 'gpu9:4000'], index: 0, from: 'SLURM_JOB_NODELIST' },
  ],
  'one task a node, which is the same in every distribution': [
    {
      ...slurm,
      SLURM_PROCID: '1',
      SLURM_STEP_NUM_TASKS: '2',
      SLURM_STEP_TASKS_PER_NODE: '1(x2)',
      SLURM_GTIDS: '1',
    },
    { hosts: ['gpu01:20464', 'gpu02:20464'], index: 1, from: 'SLURM_STEP_NODELIST' },
  ],
  'the pods of an indexed Job': [
    kubernetes,
    {
      hosts: ['train-0.train:4000', 'train-1.train:4000', 'train-2.train:4000'],
      index: 2,
      from: 'RESNET_LAB_HOSTS',
    },
  ],
  'a list and a rank, whatever torchrun says besides': [
    { ...torchrun, LOCAL_WORLD_SIZE: '1', RESNET_LAB_HOSTS: 'a:4000, b:4000' },
    { hosts: ['a:4000', 'b:4000'], index: 1, from: 'RESNET_LAB_HOSTS' },
  ],
  'a list and the task of an srun': [
    { ...slurm, RESNET_LAB_HOSTS: 'a:1,b:1,a:2,b:2' },
    { hosts: ['a:1', 'b:1', 'a:2', 'b:2'], index: 3, from: 'RESNET_LAB_HOSTS' },
  ],
  "torchrun's workers on one machine, beside its own port": [
    torchrun,
    { hosts: ['localhost:29401', 'localhost:29402'], index: 1, from: 'MASTER_ADDR' },
  ],
  "torchrun's workers on an IPv6 address": [
    { ...torchrun, MASTER_ADDR: '::1' },
    { hosts: ['[::1]:29401', '[::1]:29402'], index: 1, from: 'MASTER_ADDR' },
  ],
  'torchrun inside one task of an srun': [
    { ...slurm, ...torchrun },
    { hosts: ['localhost:29401', 'localhost:29402'], index: 1, from: 'MASTER_ADDR' },
  ],
  'TF_CONFIG before SLURM': [
    { ...slurm, ...tfConfig(ab, { type: 'worker', index: 0 }) },
    { hosts: ['a:4000', 'b:4000'], index: 0, from: 'TF_CONFIG' },
  ],
};

for (const [what, [env, named]] of Object.entries(clusters)) {
  test(`the environment names ${what}`, () => {
    assert.deepEqual(clusterFromEnv(env), named);
  });
}

const alone: Record<string, Environment> = {
  'an empty environment': {},
  'variables set to nothing': {
    TF_CONFIG: '',
    RESNET_LAB_HOSTS: '',
    SLURM_PROCID: '',
    RANK: '',
    WORLD_SIZE: '',
  },
  'a TF_CONFIG without a cluster': { TF_CONFIG: '{}' },
  'a TF_CONFIG of one worker': tfConfig({ worker: ['a:4000'] }, { type: 'worker', index: 0 }),
  'a TF_CONFIG of a chief alone': tfConfig({ chief: ['a:4000'] }, { type: 'chief', index: 0 }),
  'the script that sbatch runs': { ...slurm, SLURM_STEP_ID: undefined, SLURM_PROCID: '0', SLURM_GTIDS: '0' },
  'an interactive step of a job for four tasks': {
    ...slurm,
    SLURM_STEP_ID: '4294967290',
    SLURM_STEP_NUM_TASKS: '1',
  },
  'an srun of one task': { ...slurm, SLURM_STEP_NUM_TASKS: undefined, SLURM_NTASKS: '1' },
  'an indexed Job that is no cluster': { JOB_COMPLETION_INDEX: '2' },
  'an indexed Job of one pod': { ...kubernetes, RESNET_LAB_WORKERS: '1' },
  'a list of one host': { RESNET_LAB_HOSTS: 'a:4000' },
  'torchrun with one process': { ...torchrun, WORLD_SIZE: '1' },
  'a rank without a number of workers': { RANK: '0' },
};

for (const [what, env] of Object.entries(alone)) {
  test(`${what} is no cluster`, () => {
    assert.equal(clusterFromEnv(env), undefined);
  });
}

const malformed: Record<string, [Environment, RegExp]> = {
  'TF_CONFIG that is not JSON': [
    { TF_CONFIG: '{worker' },
    /^TypeError: invalid TF_CONFIG; not a JSON object: "\{worker"$/,
  ],
  'TF_CONFIG that is no object': [
    { TF_CONFIG: '3' },
    /^TypeError: invalid TF_CONFIG; not a JSON object: "3"$/,
  ],
  'TF_CONFIG with hosts in another form': [
    tfConfig({ worker: { 0: 'a:4000' } }, { type: 'worker', index: 0 }),
    /^TypeError: invalid TF_CONFIG; cluster.worker is not a list of host:port: Object$/,
  ],
  'TF_CONFIG with a host without port': [
    tfConfig({ worker: ['a:4000', 'b'] }, { type: 'worker', index: 0 }),
    /^TypeError: invalid TF_CONFIG; not host:port, .*: "b"$/,
  ],
  'TF_CONFIG with parameter servers': [
    tfConfig({ ...ab, ps: ['c:4000'] }, { type: 'worker', index: 0 }),
    /^RangeError: invalid TF_CONFIG; every worker computes and keeps all weights here, there is no task but worker and chief: "ps"$/,
  ],
  'the evaluator of a TF_CONFIG': [
    tfConfig(ab, { type: 'evaluator', index: 0 }),
    /^RangeError: invalid TF_CONFIG; .*: "evaluator"$/,
  ],
  'TF_CONFIG with two chiefs': [
    tfConfig({ chief: ['a:4000', 'b:4000'] }, { type: 'chief', index: 0 }),
    /^RangeError: invalid TF_CONFIG; cluster.chief has more than one address: \["a:4000","b:4000"\]$/,
  ],
  'TF_CONFIG without a task': [
    tfConfig(ab),
    /^TypeError: invalid TF_CONFIG; task.type is not worker or chief: undefined$/,
  ],
  'TF_CONFIG with an index too large': [
    tfConfig({ ...ab, chief: ['c:4000'] }, { type: 'worker', index: 2 }),
    /^RangeError: invalid TF_CONFIG; task.index is not in \[0, 2\): 2$/,
  ],
  'TF_CONFIG without an index': [
    tfConfig(ab, { type: 'worker' }),
    /^RangeError: invalid TF_CONFIG; task.index is not in \[0, 2\): undefined$/,
  ],
  'a SLURM task beyond the last': [
    { ...slurm, SLURM_PROCID: '4' },
    /^RangeError: invalid SLURM_PROCID; not an integer in \[0, 4\): "4"$/,
  ],
  'a SLURM list of nodes that is cut off': [
    { ...slurm, SLURM_STEP_NODELIST: 'gpu[01-' },
    /^TypeError: invalid SLURM_STEP_NODELIST; .*: "gpu\[01-"$/,
  ],
  'SLURM without tasks per node': [
    { ...slurm, SLURM_STEP_TASKS_PER_NODE: undefined },
    /^TypeError: invalid SLURM_TASKS_PER_NODE; .*: ""$/,
  ],
  'SLURM tasks that are not as many': [
    { ...slurm, SLURM_STEP_TASKS_PER_NODE: '2,1' },
    /^RangeError: invalid SLURM_STEP_TASKS_PER_NODE; not 4 tasks on 2 nodes: 2,1 with SLURM_STEP_NODELIST gpu\[01-02\]$/,
  ],
  'SLURM tasks that lie on the nodes by turns': [
    { ...slurm, SLURM_GTIDS: '1,3' },
    /^ClusterError: cannot tell which worker is where; tasks 2,3 are not on one node: SLURM_GTIDS is 1,3; start them by srun --distribution=block, or list their addresses in RESNET_LAB_HOSTS$/,
  ],
  'a SLURM job without a number': [
    { ...slurm, SLURM_JOB_ID: undefined },
    /^RangeError: invalid SLURM_JOB_ID; not an integer of at least 0: undefined$/,
  ],
  'a port that is none': [
    { ...slurm, RESNET_LAB_PORT: '70000' },
    /^RangeError: invalid RESNET_LAB_PORT; not an integer in \[1, 65536\): "70000"$/,
  ],
  'a port that leaves no room for the second task': [
    { ...slurm, RESNET_LAB_PORT: '65535' },
    /^RangeError: invalid SLURM_STEP_NODELIST; its port is not in 1..65535: "gpu01:65536"$/,
  ],
  'a pattern without a number of workers': [
    { ...kubernetes, RESNET_LAB_WORKERS: undefined },
    /^RangeError: invalid RESNET_LAB_WORKERS; not an integer of at least 1: undefined$/,
  ],
  'a list that is not as long as told': [
    { RESNET_LAB_HOSTS: 'a:4000,b:4000', RESNET_LAB_WORKERS: '3', RANK: '0' },
    /^RangeError: invalid RESNET_LAB_HOSTS; not 3 addresses, as RESNET_LAB_WORKERS says: "a:4000,b:4000"$/,
  ],
  'a list with one address twice': [
    { RESNET_LAB_HOSTS: 'a:4000,a:4000', RANK: '0' },
    /^RangeError: invalid RESNET_LAB_HOSTS; workers 0 and 1 have the same address: a:4000$/,
  ],
  'a list without a rank': [
    { RESNET_LAB_HOSTS: 'a:4000,b:4000', SLURM_PROCID: '0' },
    /^ClusterError: cannot tell which worker this is; RESNET_LAB_HOSTS lists 2, and neither RANK nor JOB_COMPLETION_INDEX is set; set RANK to 0..1$/,
  ],
  'a pod beyond the last': [
    { ...kubernetes, JOB_COMPLETION_INDEX: '3' },
    /^RangeError: invalid JOB_COMPLETION_INDEX; not an integer in \[0, 3\): "3"$/,
  ],
  'torchrun on several machines': [
    { ...torchrun, LOCAL_WORLD_SIZE: '1' },
    /^ClusterError: cannot tell where the workers are; .* needs all 2 addresses, and there is only MASTER_ADDR, with 1 of them on this machine \(LOCAL_WORLD_SIZE\); set RESNET_LAB_HOSTS='a:4000,b:4000' beside RANK$/,
  ],
  'a launcher that does not say how many are on this machine': [
    { ...torchrun, LOCAL_WORLD_SIZE: undefined },
    /^ClusterError: .* with an unknown number of them on this machine/,
  ],
  'a world of no size': [
    { ...torchrun, WORLD_SIZE: 'two' },
    /^RangeError: invalid WORLD_SIZE; not an integer of at least 1: "two"$/,
  ],
  'a rank beyond the last': [
    { ...torchrun, RANK: '2' },
    /^RangeError: invalid RANK; not an integer in \[0, 2\): "2"$/,
  ],
  'torchrun without an address': [
    { ...torchrun, MASTER_ADDR: undefined },
    /^TypeError: invalid MASTER_ADDR; not a host: undefined$/,
  ],
  'torchrun with a port that leaves no room': [
    { ...torchrun, MASTER_PORT: '65534' },
    /^RangeError: invalid MASTER_PORT; not an integer in \[1, 65534\): "65534"$/,
  ],
};

for (const [what, [env, message]] of Object.entries(malformed)) {
  test(`${what} is refused`, () => {
    assert.throws(() => clusterFromEnv(env), message);
  });
}

test('jobs of a thousand numbers in a row have ports of their own, below those of outgoing connections', () => {
  const ports = Array.from({ length: 1000 }, (_, job) => {
    const { hosts } = clusterFromEnv({ ...slurm, SLURM_JOB_ID: String(123_456 + job) })!;
    return Number(hosts[0].split(':')[1]);
  }).sort((x, y) => x - y);
  assert.deepEqual([ports[0], ports.at(-1)], [10_000, 25_984]);
  assert.ok(ports.slice(1).every((port, i) => port - ports[i] === 16));
});
