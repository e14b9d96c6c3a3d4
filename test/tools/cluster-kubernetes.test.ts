/** The example of `docs/cluster.md` for Kubernetes: what its API takes, and what the workers in the pods make of it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { type IJob, Job } from 'kubernetes-models/batch/v1/Job';
import { type INetworkPolicy, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { type IService, Service } from 'kubernetes-models/v1/Service';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';
import { EXIT_CODES } from '../../lib/src/cluster/cluster-error';
import { clusterFromEnv } from '../../lib/src/cluster/environment';
import { parseArguments } from '../../tools/train/arguments';

const file = path.resolve(__dirname, '../../examples/cluster/kubernetes.yaml');
const documents = parseAllDocuments(fs.readFileSync(file, 'utf8'), { strict: true, uniqueKeys: true });
const [service, policy, job] = documents.map((each) => each.toJS()) as [IService, INetworkPolicy, IJob];
const spec = job.spec!;
const pod = spec.template.spec!;
const [worker] = pod.containers;
const size = spec.completions!;
const chosen = parseArguments(worker.args!)!;

/** The cluster that the worker of a pod finds. */
function clusterOf(index: number) {
  const env = worker.env!.map(({ name, value }) => [name, value]);
  return clusterFromEnv({ ...Object.fromEntries(env), JOB_COMPLETION_INDEX: String(index) });
}

/**
 * What TypeScript says of each value as one of that kind of object; the types are made from Kubernetes's own OpenAPI documents. It finds
 * what validation does not: fields that there are not.
 */
function complaints(values: readonly (readonly [kind: string, value: unknown])[]): string[][] {
  const from: Record<string, string> = {
    IService: 'v1/Service',
    INetworkPolicy: 'networking.k8s.io/v1/NetworkPolicy',
    IJob: 'batch/v1/Job',
  };
  const options: ts.CompilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, types: [], lib: ['lib.es2022.d.ts'] },
    ...{ target: ts.ScriptTarget.ES2022, moduleResolution: ts.ModuleResolutionKind.Node10 },
  };
  const sources = new Map(
    values.map(([kind, value], i) => [
      path.join(__dirname, `value-${i}.ts`), // only in memory
      `import type { ${kind} } from 'kubernetes-models/${from[kind]}';\n` +
        `export const value: ${kind} = ${JSON.stringify(value)};\n`,
    ]),
  );
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => sources.has(name) || fileExists(name);
  host.getSourceFile = (name, ...others) => {
    const source = sources.get(name);
    return source === undefined
      ? getSourceFile(name, ...others)
      : ts.createSourceFile(name, source, ts.ScriptTarget.ES2022);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  return [...sources.keys()].map((name) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(name))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
  );
}

test('the YAML has no mistakes of its own', () => {
  for (const { errors, warnings } of documents) assert.deepEqual([...errors, ...warnings], []);
  assert.deepEqual(
    [service, policy, job].map(({ kind, metadata }) => `${kind} ${metadata?.name}`),
    ['Service train', 'NetworkPolicy train', 'Job train'],
  );
});

test("every object is as Kubernetes's schema has it, without a field that is not there", () => {
  new Service(service).validate();
  new NetworkPolicy(policy).validate();
  new Job(job).validate();
  const misspelt = { ...spec, podFailurPolicy: spec.podFailurePolicy };
  const misplaced = { ...spec, template: { spec: { ...pod, args: worker.args } } };
  const nameless = { ...pod, containers: [{ image: worker.image }] };
  const [ofService, ofPolicy, ofJob, ...ofWrong] = complaints([
    ['IService', service],
    ['INetworkPolicy', policy],
    ['IJob', job],
    ['IJob', { ...job, spec: misspelt }],
    ['IJob', { ...job, spec: misplaced }],
    ['IJob', { ...job, spec: { ...spec, template: { spec: nameless } } }],
    ['IJob', { ...job, spec: { ...spec, completionMode: 'indexed' } }],
  ]);
  assert.deepEqual([ofService, ofPolicy, ofJob], [[], [], []]);
  const expected = [
    /podFailurPolicy"?' does not exist in type 'IJobSpec'/,
    /args"?' does not exist in type/,
    /Property '"?name"?' is missing/,
    /"indexed"' is not assignable to type '"Indexed" \| "NonIndexed"/,
  ];
  for (const [i, rule] of expected.entries()) assert.match(ofWrong[i].join('\n'), rule);
});

test('every pod finds all workers under the names that Kubernetes gives to the pods of an indexed Job', () => {
  assert.deepEqual([spec.completionMode, spec.parallelism], ['Indexed', size]);
  const { name } = job.metadata!;
  const hosts = Array.from({ length: size }, (_, k) => `${name}-${k}.${pod.subdomain}:4000`);
  for (let index = 0; index < size; index++)
    assert.deepEqual(clusterOf(index), { hosts, index, from: 'RESNET_LAB_HOSTS' });
});

test('the service names these pods, also before they are ready', () => {
  assert.equal(service.metadata!.name, pod.subdomain);
  const { clusterIP, publishNotReadyAddresses, selector } = service.spec!;
  assert.deepEqual([clusterIP, publishNotReadyAddresses], ['None', true]);
  assert.deepEqual(selector, { 'batch.kubernetes.io/job-name': job.metadata!.name });
});

test("only the workers reach the workers' port", () => {
  const { podSelector, policyTypes, ingress } = policy.spec!;
  const workers = { matchLabels: { 'batch.kubernetes.io/job-name': job.metadata!.name } };
  assert.deepEqual([podSelector, policyTypes], [workers, ['Ingress']]);
  const { containerPort } = worker.ports![0];
  assert.equal(containerPort, Number(clusterOf(0)!.hosts[0].split(':')[1]));
  assert.deepEqual(ingress, [
    { from: [{ podSelector: workers }], ports: [{ protocol: 'TCP', port: containerPort }] },
  ]);
});

test('a failure counts once: not with those that follow from it, and at once where no start can mend it', () => {
  assert.equal(pod.restartPolicy, 'Never'); // podFailurePolicy asks for it
  const actions = new Map<number, string>();
  for (const { action, onExitCodes } of spec.podFailurePolicy!.rules) {
    if (!onExitCodes) continue;
    const { containerName, operator, values } = onExitCodes;
    assert.deepEqual([containerName, operator], [worker.name, 'In']);
    assert.deepEqual(
      values,
      [...new Set(values)].sort((a, b) => a - b),
    ); // as the API wants them
    for (const code of values) actions.set(code, action);
  }
  assert.deepEqual(Object.fromEntries(actions), {
    [EXIT_CODES.lost]: 'Ignore',
    130: 'Ignore', // interrupted, see tools/train/main.ts
    [EXIT_CODES.disagreement]: 'FailJob',
  });
  assert.ok(
    spec.podFailurePolicy!.rules.some((rule) => rule.onPodConditions?.[0].type === 'DisruptionTarget'),
  );
});

test('the workers share their batch equally, wait for each other, and keep the run where all pods find it', () => {
  assert.equal(chosen.recipe.batchSize % size, 0);
  assert.equal(chosen.resume, true);
  assert.ok(chosen.patience.startSeconds! > 360); // Kubernetes waits for up to six minutes before it replaces a pod
  const [{ mountPath, name }] = worker.volumeMounts!;
  assert.ok(chosen.runs!.startsWith(`${mountPath}/`));
  assert.ok(worker.env!.find((each) => each.name === 'CIFAR10_DIR')!.value!.startsWith(`${mountPath}/`));
  assert.deepEqual(pod.volumes, [{ name, persistentVolumeClaim: { claimName: 'resnet-lab' } }]);
});

test('nothing runs as root, and the user is that of the image', () => {
  const { runAsNonRoot, runAsUser, runAsGroup } = pod.securityContext!;
  assert.equal(runAsNonRoot, true);
  const dockerfile = fs.readFileSync(path.join(path.dirname(file), 'Dockerfile'), 'utf8');
  assert.match(dockerfile, new RegExp(`^USER ${runAsUser}:${runAsGroup}$`, 'm'));
  assert.deepEqual(worker.securityContext, {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
  });
});
