import { ClusterError } from './cluster-error';
import { type Environment, type NamedCluster, wholeNumber } from './environment-variables';
import { expandNodeList, tasksPerNode } from './slurm-nodes';

/*
 * A job has 16 ports, from 10000 on, so that jobs on one node whose numbers differ by less than 1,000 do not meet; above
 * SLURM's own (6817..6819), below those that Linux gives to outgoing connections (from 32768).
 */
const FIRST_PORT = 10_000;
const PORTS_OF_A_JOB = 16;
const JOBS = 1000;

/**
 * The tasks of an `srun`: worker k is task k; on a node with several tasks they have one port after the other. Undefined
 * outside of `srun` (the script that `sbatch` runs is task 0 of no step), for one task, and under torchrun, whose processes
 * share their parent's task.
 *
 * The first port is RESNET_LAB_PORT, or one that follows from SLURM_JOB_ID; two steps of one job on one node at once need
 * the former.
 *
 * Tasks must lie on the nodes as `--distribution=block` puts them: 0, 1, ... on the first, the next on the second.
 *
 * https://slurm.schedmd.com/srun.html#SECTION_OUTPUT-ENVIRONMENT-VARIABLES
 *
 * @throws TypeError or RangeError that names a malformed variable
 * @throws ClusterError 'address' if tasks lie otherwise
 */
export function clusterFromSlurm(env: Environment): NamedCluster | undefined {
  if (!env.SLURM_PROCID || !env.SLURM_STEP_ID || env.TORCHELASTIC_RUN_ID) return undefined;
  // In an interactive step SLURM_NTASKS is the job's: the number of tasks that an srun in it would start.
  const size = wholeNumber(env, firstSet(env, 'SLURM_STEP_NUM_TASKS', 'SLURM_NTASKS'), 1);
  if (size === 1) return undefined;
  const index = wholeNumber(env, 'SLURM_PROCID', 0, size);

  const from = firstSet(env, 'SLURM_STEP_NODELIST', 'SLURM_JOB_NODELIST');
  const nodes = expandNodeList(env[from] ?? '', from);
  const perNode = firstSet(env, 'SLURM_STEP_TASKS_PER_NODE', 'SLURM_TASKS_PER_NODE');
  const counts = tasksPerNode(env[perNode] ?? '', perNode);
  if (counts.length !== nodes.length || counts.reduce((sum, count) => sum + count) !== size) {
    const rule = `not ${size} tasks on ${nodes.length} nodes`;
    throw new RangeError(`invalid ${perNode}; ${rule}: ${env[perNode]} with ${from} ${env[from]}`);
  }

  const port = firstPort(env);
  const tasks = nodes.flatMap((node, n) =>
    Array.from({ length: counts[n] }, (_, local) => ({ node, host: `${node}:${port + local}` })),
  );
  const together = tasks.flatMap(({ node }, task) => (node === tasks[index].node ? [task] : [])).join();
  if (env.SLURM_GTIDS && env.SLURM_GTIDS !== together) {
    throw new ClusterError(
      'address',
      `cannot tell which worker is where; tasks ${together} are not on one node: SLURM_GTIDS is ${env.SLURM_GTIDS}; ` +
        'start them by srun --distribution=block, or list their addresses in RESNET_LAB_HOSTS',
    );
  }
  return { hosts: tasks.map(({ host }) => host), index, from };
}

function firstPort(env: Environment): number {
  if (env.RESNET_LAB_PORT) return wholeNumber(env, 'RESNET_LAB_PORT', 1, 65_536);
  return FIRST_PORT + (wholeNumber(env, 'SLURM_JOB_ID', 0) % JOBS) * PORTS_OF_A_JOB;
}

/** The first of `names` that is set, and not to an empty text; the last where none is. */
function firstSet(env: Environment, ...names: [string, ...string[]]): string {
  return names.find((name) => env[name]) ?? names[names.length - 1];
}
