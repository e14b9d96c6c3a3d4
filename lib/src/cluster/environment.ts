/** The cluster that whoever started this process put into its environment. */
import { shown } from '../model/check-arguments';
import { checkHosts, formatAddress } from './addresses';
import { ClusterError } from './cluster-error';
import { type Environment, type NamedCluster, wholeNumber } from './environment-variables';
import { clusterFromSlurm } from './slurm-cluster';

/**
 * The cluster that the environment names; undefined where nothing names one, or only one of a single worker. Of these the
 * first that names several workers:
 *
 * 1. RESNET_LAB_HOSTS: all addresses, `a:4000,b:4000`, or, with their number in RESNET_LAB_WORKERS, a pattern,
 *    `train-{index}.train:4000`. The index is RANK, or JOB_COMPLETION_INDEX, or the task of an `srun`. Kubernetes gives every
 *    pod of an indexed Job its JOB_COMPLETION_INDEX, but not their number; so such a Job `train` with `completions: 4` and
 *    the headless service `train` says RESNET_LAB_WORKERS=4 and RESNET_LAB_HOSTS=train-{index}.train:4000
 *    (https://kubernetes.io/docs/tasks/job/job-with-pod-to-pod-communication/).
 * 2. TF_CONFIG: `{"cluster": {"worker": ["a:4000", "b:4000"]}, "task": {"type": "worker", "index": 0}}`; where there is a
 *    chief it is worker 0, and worker k of the list is worker k + 1
 *    (https://www.tensorflow.org/guide/distributed_training#setting_up_the_tf_config_environment_variable).
 * 3. SLURM, inside `srun`: see `clusterFromSlurm`.
 * 4. RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT, as torchrun sets them, where LOCAL_WORLD_SIZE says that all workers are
 *    on one machine: worker k has port MASTER_PORT + 1 + k, as torchrun itself listens on the first
 *    (https://docs.pytorch.org/docs/stable/elastic/run.html#environment-variables).
 *
 * @throws TypeError or RangeError that names a malformed variable
 * @throws ClusterError 'address' if the environment does not tell where all workers are
 */
export function clusterFromEnv(env: Environment = process.env): NamedCluster | undefined {
  for (const read of [clusterFromList, clusterFromTfConfig, clusterFromSlurm, clusterFromTorchrun]) {
    const named = read(env);
    if (!named) continue;
    checkHosts(named.hosts, named.index, named.from);
    return named;
  }
  return undefined;
}

function clusterFromList(env: Environment): NamedCluster | undefined {
  const from = 'RESNET_LAB_HOSTS';
  const list = env[from];
  if (!list) return undefined;
  const isPattern = list.includes('{index}');
  const count = isPattern || env.RESNET_LAB_WORKERS ? wholeNumber(env, 'RESNET_LAB_WORKERS', 1) : undefined;
  const hosts = isPattern
    ? Array.from({ length: count! }, (_, index) => list.replaceAll('{index}', String(index)))
    : list.split(',').map((host) => host.trim());
  if (hosts.length !== (count ?? hosts.length))
    throw new RangeError(
      `invalid ${from}; not ${count} addresses, as RESNET_LAB_WORKERS says: ${shown(list)}`,
    );
  if (hosts.length === 1) return undefined;
  const ofTask = env.SLURM_STEP_ID ? (['SLURM_PROCID'] as const) : []; // outside of a step it is 0 everywhere
  const name = ['RANK', 'JOB_COMPLETION_INDEX', ...ofTask].find((each) => env[each]);
  if (name === undefined) {
    throw new ClusterError(
      'address',
      `cannot tell which worker this is; ${from} lists ${hosts.length}, and neither RANK nor JOB_COMPLETION_INDEX is set; ` +
        `set RANK to 0..${hosts.length - 1}`,
    );
  }
  return { hosts, index: wholeNumber(env, name, 0, hosts.length), from };
}

/** What matters here of TF_CONFIG, none of it checked. */
interface TfConfig {
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly task?: { readonly type?: unknown; readonly index?: unknown };
}

function clusterFromTfConfig(env: Environment): NamedCluster | undefined {
  const from = 'TF_CONFIG';
  if (!env[from]) return undefined;
  const { cluster, task } = parseTfConfig(env[from]);
  if (!cluster) return undefined;
  const { worker = [], chief = [], ...others } = cluster;
  const roles = [...Object.keys(others), ...(task?.type === undefined ? [] : [task.type])];
  const foreign = roles.find((role) => role !== 'worker' && role !== 'chief');
  if (foreign !== undefined) {
    const rule = 'every worker computes and keeps all weights here, there is no task but worker and chief';
    throw new RangeError(`invalid ${from}; ${rule}: ${shown(foreign)}`);
  }
  for (const [name, list] of Object.entries({ worker, chief })) {
    if (!Array.isArray(list) || !list.every((host) => typeof host === 'string'))
      throw new TypeError(`invalid ${from}; cluster.${name} is not a list of host:port: ${shown(list)}`);
  }
  const [workers, chiefs] = [worker as string[], chief as string[]];
  if (chiefs.length > 1)
    throw new RangeError(`invalid ${from}; cluster.chief has more than one address: ${shown(chiefs)}`);
  const hosts = [...chiefs, ...workers];
  if (hosts.length <= 1) return undefined;
  if (task?.type === undefined)
    throw new TypeError(`invalid ${from}; task.type is not worker or chief: undefined`);
  const [peers, before] = task.type === 'chief' ? [chiefs, 0] : [workers, chiefs.length];
  const index = Number(task.index ?? Number.NaN); // TensorFlow takes "1" for 1 as well
  if (!Number.isSafeInteger(index) || index < 0 || index >= peers.length)
    throw new RangeError(`invalid ${from}; task.index is not in [0, ${peers.length}): ${shown(task.index)}`);
  return { hosts, index: before + index, from };
}

function parseTfConfig(text: string): TfConfig {
  try {
    const config: unknown = JSON.parse(text);
    if (typeof config === 'object' && config !== null) return config;
  } catch {
    // the same to who wrote it
  }
  throw new TypeError(`invalid TF_CONFIG; not a JSON object: ${shown(text)}`);
}

function clusterFromTorchrun(env: Environment): NamedCluster | undefined {
  if (!env.WORLD_SIZE || !env.RANK) return undefined;
  const size = wholeNumber(env, 'WORLD_SIZE', 1);
  if (size === 1) return undefined;
  const index = wholeNumber(env, 'RANK', 0, size);
  if (env.LOCAL_WORLD_SIZE !== env.WORLD_SIZE) {
    throw new ClusterError(
      'address',
      "cannot tell where the workers are; TensorFlow's all-reduce goes from every worker to the next and needs all " +
        `${size} addresses, and there is only MASTER_ADDR, with ${env.LOCAL_WORLD_SIZE ?? 'an unknown number'} of them ` +
        'on this machine (LOCAL_WORLD_SIZE); ' +
        "set RESNET_LAB_HOSTS='a:4000,b:4000' beside RANK",
    );
  }
  const from = 'MASTER_ADDR';
  const host = env[from];
  if (!host) throw new TypeError(`invalid ${from}; not a host: ${shown(host)}`);
  const port = wholeNumber(env, 'MASTER_PORT', 1, 65_536 - size);
  const hosts = Array.from({ length: size }, (_, k) => formatAddress({ host, port: port + 1 + k }));
  return { hosts, index, from };
}
