/**
 * Variables that an optimizer treats in their own way, as PyTorch's parameter groups
 * (pytorch.org/docs/stable/optim.html, "Per-parameter options"), named by a rule in place of a list.
 */
import { checkOptions, shown } from '../model/check-arguments';
import { checkNotNegative } from './check-settings';

/** What a rule sees of a variable: its name, e.g. `block1_conv1/kernel`, and the shape. */
export interface VariableInfo {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface ParameterGroup {
  /** Whether a variable belongs to the group. Of several groups that take it, the first one has it. */
  readonly variables: (variable: VariableInfo) => boolean;
  /** Factor on the learning rate, at least 0; by default 1. */
  readonly rate?: number;
  /** By default the optimizer's. */
  readonly weightDecay?: number;
}

/**
 * Variables with one axis at most: biases, and scales and shifts of norms. Decay is usually not for them:
 * `groups: [{ variables: biasesAndNorms, weightDecay: 0 }]`.
 *
 * Source: the same rule in timm (`param_groups_weight_decay`) and nanoGPT (`configure_optimizers`); He et al. 2018, "Bag of
 * Tricks" (arXiv 1812.01187), section 3.1, "no bias decay".
 */
export const biasesAndNorms = ({ shape }: VariableInfo): boolean => shape.length <= 1;

/** The groups with nothing left out, and after them one for all other variables. */
export function completeGroups(groups: unknown, weightDecay: number): Required<ParameterGroup>[] {
  if (!Array.isArray(groups)) throw new TypeError(`invalid groups; not an array: ${shown(groups)}`);
  const complete = groups.map((group: ParameterGroup, i) => {
    checkOptions(`groups[${i}]`, group, ['variables', 'rate', 'weightDecay']);
    const filled = { rate: 1, weightDecay, ...defined(group) };
    if (typeof filled.variables !== 'function') {
      throw new TypeError(
        `invalid groups[${i}].variables; not a function of { name, shape }: ${shown(filled.variables)}`,
      );
    }
    checkNotNegative(`groups[${i}].rate`, filled.rate);
    checkNotNegative(`groups[${i}].weightDecay`, filled.weightDecay);
    return filled;
  });
  return [...complete, { variables: () => true, rate: 1, weightDecay }];
}

/** A group as plain JSON: its rule by name or, where it has none of its own, as it is written. */
export function describeGroup({ variables, rate, weightDecay }: Required<ParameterGroup>) {
  const named = variables.name !== '' && variables.name !== 'variables';
  return { variables: named ? variables.name : String(variables), rate, weightDecay };
}

function defined(group: ParameterGroup): ParameterGroup {
  const { variables, rate, weightDecay } = group;
  return {
    variables,
    ...(rate !== undefined && { rate }),
    ...(weightDecay !== undefined && { weightDecay }),
  };
}
