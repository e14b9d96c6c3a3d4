import { differingFields, shownValue, valueAt } from './run-config';
import type { ComparedRun } from './run-folder';

/** Runs that differ in their seed only, so that their results are draws from one distribution. */
export interface RunGroup {
  /** Different for every group. */
  readonly name: string;
  /** At least one. */
  readonly runs: readonly ComparedRun[];
  /** Its values of the fields in which the groups differ, e.g. `batchSize 128, learningRate 0.1`; '' when there is one group. */
  readonly differs: string;
}

const SEED = 'options.seed';

/**
 * Sorts runs into groups, in the order in which these first appear.
 *
 * A group is named by the title that its runs share, where every group has one of its own; else by what differs.
 */
export function groupRuns(runs: readonly ComparedRun[]): RunGroup[] {
  const groups: ComparedRun[][] = [];
  for (const run of runs) {
    const own = groups.find(([first]) =>
      differingFields(first.config, run.config).every((field) => field === SEED),
    );
    if (own) own.push(run);
    else groups.push([run]);
  }
  const fields = fieldsThatVary(groups);
  const words = shortest(fields);
  const differing = groups.map(([{ config }]) =>
    fields
      .map((field, i) => `${words[i]} ${shownValue(valueAt(config, field)).replaceAll('"', '')}`)
      .join(', '),
  );
  const names = namesOf(groups, differing);
  return groups.map((runs, i) => ({ name: names[i], runs, differs: differing[i] }));
}

/** Finished, or stopped by a rule of its own; neither killed, aborted nor failed. */
export function isFinished({ epochs, result }: ComparedRun): boolean {
  const last = epochs.at(-1);
  const complete = last !== undefined && last.epoch === last.epochs;
  return complete || (result !== undefined && result.stopped !== 'aborted' && result.stopped !== 'failed');
}

/** Whatever differs between any two groups differs between the first and one of them. */
function fieldsThatVary(groups: readonly ComparedRun[][]): string[] {
  const [first, ...others] = groups.map(([run]) => run);
  const found = new Set(others.flatMap((other) => differingFields(first.config, other.config)));
  found.delete(SEED);
  if (found.has('model.name')) for (const field of ['model.layers', 'model.parameters']) found.delete(field);
  const fields = [...found];
  return fields.filter((field) => !fields.some((outer) => field.startsWith(`${outer}.`))); // one group may lack the object
}

/** The last word of each path, where no other ends with it. */
function shortest(fields: readonly string[]): string[] {
  const paths = fields.map((field) => (field === 'model.name' ? 'model' : field.replace(/^options\./, '')));
  const last = paths.map((path) => path.slice(path.lastIndexOf('.') + 1));
  return last.map((word, i) => (last.filter((other) => other === word).length === 1 ? word : paths[i]));
}

function namesOf(groups: readonly ComparedRun[][], differing: readonly string[]): string[] {
  const titles = groups.map((runs) => {
    const [title, ...others] = new Set(runs.map(({ config }) => config.title));
    return others.length === 0 ? title : '';
  });
  const usable = titles.every((title, i) => title !== '' && titles.indexOf(title) === i);
  const names = usable ? titles : groups.map(([{ config }], i) => differing[i] || config.model.name);
  return names.map((name, i) => {
    const before = names.slice(0, i).filter((other) => other === name).length;
    return before === 0 ? name : `${name} (${before + 1})`;
  });
}
