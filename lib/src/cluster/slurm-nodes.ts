/**
 * SLURM's two notations: for nodes, and for how many tasks each has.
 *
 * https://slurm.schedmd.com/srun.html, SLURM_STEP_NODELIST and SLURM_STEP_TASKS_PER_NODE;
 * https://slurm.schedmd.com/slurm.conf.html, NodeName.
 */
import { shown } from '../model/check-arguments';

const MOST_OF_A_RANGE = 65_536; // SLURM's own limit, MAX_RANGE in its hostlist.c

/**
 * The names in a list of nodes, in its order: `gpu[01-03,07],login1` are gpu01, gpu02, gpu03, gpu07 and login1.
 * Of several brackets in one name the last changes first, as the digits of a number do.
 *
 * @param name what an error calls the list
 * @throws TypeError if it has another form
 * @throws RangeError if a range runs backwards, or over more than 65,536 numbers
 */
export function expandNodeList(list: string, name = 'node list'): string[] {
  if (!/^(?:[\w.-]|\[[^[\]]+\])+(?:,(?:[\w.-]|\[[^[\]]+\])+)*$/.test(list))
    throw new TypeError(`invalid ${name}; not nodes such as gpu[01-03,07],login1: ${shown(list)}`);
  const nodes = list.match(/(?:[^[,]|\[[^\]]*\])+/g) ?? []; // at the commas outside of brackets
  return nodes.flatMap((node) =>
    (node.match(/\[[^\]]*\]|[^[]+/g) ?? [])
      .map((part) => (part.startsWith('[') ? part.slice(1, -1).split(',').flatMap(numbersOf) : [part]))
      .reduce((starts, ends) => starts.flatMap((start) => ends.map((end) => start + end)), ['']),
  );

  function numbersOf(range: string): string[] {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
    if (first === undefined)
      throw new TypeError(`invalid ${name}; not a number or a range such as 01-03: ${shown(range)}`);
    const length = Number(last) - Number(first) + 1;
    if (length < 1 || length > MOST_OF_A_RANGE)
      throw new RangeError(`invalid ${name}; not a range of 1..${MOST_OF_A_RANGE} numbers: ${shown(range)}`);
    return Array.from({ length }, (_, i) => String(Number(first) + i).padStart(first.length, '0'));
  }
}

/**
 * The number of tasks on each node: `2(x3),1` are 2, 2, 2 and 1.
 *
 * @param name what an error calls the text
 * @throws TypeError if it has another form
 */
export function tasksPerNode(text: string, name = 'tasks per node'): number[] {
  return text.split(',').flatMap((group) => {
    const [, tasks, nodes = '1'] = /^(\d+)(?:\(x(\d{1,5})\))?$/.exec(group) ?? [];
    if (tasks === undefined)
      throw new TypeError(`invalid ${name}; not numbers such as 2(x3),1: ${shown(text)}`);
    return new Array<number>(Number(nodes)).fill(Number(tasks));
  });
}
