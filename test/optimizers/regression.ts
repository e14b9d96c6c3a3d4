/** A tanh regression with two variables, the problem of test/fixtures/optimizers.json. */
import fs from 'node:fs';
import path from 'node:path';
import type { Optimizer, Scalar, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { compile } from '../../lib/src/compile/compile';
import { type AdamWOptions, adamW } from '../../lib/src/optimizers/adam-w';
import { biasesAndNorms, type ParameterGroup } from '../../lib/src/optimizers/groups';
import { type SgdOptions, sgd } from '../../lib/src/optimizers/sgd';
import { tf } from '../../lib/src/tensorflow/load';

type Names = 'x' | 'y' | 'kernel' | 'bias';

interface Kept {
  /** The variables after this step; the first is 1. */
  readonly step: number;
  readonly kernel: number[];
  readonly bias: number[];
}

export interface PeerCase {
  readonly source: 'torch' | 'keras';
  readonly optimizer: 'sgd' | 'adamW';
  /** Of `sgd` or `adamW`, without the rate, and with the rules of groups by name. */
  readonly options: { readonly groups?: (Omit<ParameterGroup, 'variables'> & { variables: string })[] };
  /** The rate of every step. */
  readonly rates: number[];
  readonly kept: Kept[];
}

interface Peers {
  readonly data: Record<Names, { readonly shape: number[]; readonly values: number[] }>;
  readonly cases: PeerCase[];
}

export const peers: Peers = JSON.parse(
  fs.readFileSync(path.join(__dirname, '../fixtures/optimizers.json'), 'utf8'),
);

export type OurOptimizer = Optimizer & { learningRate: number };

const RULES: Record<string, ParameterGroup['variables']> = {
  biasesAndNorms,
  kernels: ({ shape }) => shape.length === 2,
};

/** The optimizer of a case, whose rate is 1 at first. */
export function optimizerOf({ optimizer, options }: PeerCase): OurOptimizer {
  const groups = options.groups?.map((group) => ({ ...group, variables: RULES[group.variables] }));
  const all = { ...options, learningRate: 1, groups };
  return optimizer === 'sgd' ? sgd(all as SgdOptions) : adamW(all as AdamWOptions);
}

export interface Regression {
  readonly variables: [Variable, Variable];
  readonly optimizer: OurOptimizer;
  /** Takes a step at the rate; in a graph that is made once, or operation by operation. */
  step(rate: number): Promise<void>;
  /** Of the compiled step, which is the same one as long as it is not recorded again; undefined: not compiled. */
  graph(): unknown;
  /** The numbers of both variables. */
  values(): number[];
  dispose(): void;
}

export const RUNNERS = ['eager', 'compiled'] as const;

/** The problem at its start, or at `values` of one that went on. */
export function regression(
  optimizer: OurOptimizer,
  runner: (typeof RUNNERS)[number],
  values?: number[],
): Regression {
  const tensor = (name: Names) => tf.tensor(peers.data[name].values, peers.data[name].shape);
  const [x, y] = [tensor('x'), tensor('y')];
  const variables = tf.tidy((): [Variable, Variable] => [
    (values ? tf.tensor(values.slice(0, 6), [3, 2]) : tensor('kernel')).variable(),
    (values ? tf.tensor(values.slice(6), [2]) : tensor('bias')).variable(),
  ]);
  const [kernel, bias] = variables;
  const loss = () => x.matMul(kernel).add(bias).tanh().sub(y).square().mean() as Scalar;
  const eager = (): Tensor => tf.tidy(() => optimizer.minimize(loss, true, variables)!);
  const compiled = runner === 'compiled' ? compile(eager) : undefined;
  return {
    variables,
    optimizer,
    async step(rate) {
      optimizer.learningRate = rate;
      tf.dispose(await (compiled ?? eager)());
    },
    graph: () => compiled?.graph,
    values: () => variables.flatMap((variable) => [...variable.dataSync()]),
    dispose() {
      compiled?.dispose();
      optimizer.dispose();
      tf.dispose([x, y, ...variables]);
    },
  };
}

/** Rates that differ from step to step, 0 among them. */
export const RATES = [0.1, 0.2, 0, 0.05, 0.3];
