import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { expandNodeList, tasksPerNode } from '../../lib/src/cluster/slurm-nodes';

const lists: Record<string, string[]> = {
  login1: ['login1'],
  'gpu[01-03,07],login1': ['gpu01', 'gpu02', 'gpu03', 'gpu07', 'login1'],
  'n[1-2],m5,o[3-4,6,7-9]': ['n1', 'n2', 'm5', 'o3', 'o4', 'o6', 'o7', 'o8', 'o9'], // of TensorFlow's SlurmClusterResolver
  'gpu[8-11]': ['gpu8', 'gpu9', 'gpu10', 'gpu11'],
  'gpu[098-101]': ['gpu098', 'gpu099', 'gpu100', 'gpu101'],
  'rack[1-2]node[01-02]': ['rack1node01', 'rack1node02', 'rack2node01', 'rack2node02'],
  'n[2,1]-ib.cluster': ['n2-ib.cluster', 'n1-ib.cluster'],
  '[3-4]': ['3', '4'],
};

for (const [list, nodes] of Object.entries(lists)) {
  test(`the nodes of ${list} are ${nodes.join(' ')}`, () => {
    assert.deepEqual(expandNodeList(list), nodes);
  });
}

/** As SLURM writes it: neighbours with one prefix and one width share a bracket. */
function compress(nodes: readonly (readonly [prefix: string, digits: string])[]): string {
  const groups: { prefix: string; width: number; ranges: { first: string; last: string }[] }[] = [];
  for (const [prefix, digits] of nodes) {
    const group = groups.at(-1);
    const range = group?.ranges.at(-1);
    if (group?.prefix !== prefix || group.width !== digits.length) {
      groups.push({ prefix, width: digits.length, ranges: [{ first: digits, last: digits }] });
    } else if (range && Number(digits) === Number(range.last) + 1) {
      range.last = digits;
    } else {
      group.ranges.push({ first: digits, last: digits });
    }
  }
  const written = groups.map(({ prefix, ranges }) => {
    if (ranges.length === 1 && ranges[0].first === ranges[0].last) return prefix + ranges[0].first;
    return `${prefix}[${ranges.map(({ first, last }) => (first === last ? first : `${first}-${last}`)).join()}]`;
  });
  return written.join();
}

test('a list that was compressed comes back name by name', () => {
  const node = fc.tuple(fc.constantFrom('gpu', 'login', 'rack1-node'), fc.stringMatching(/^[0-3]{1,3}$/));
  fc.assert(
    fc.property(fc.array(node, { minLength: 1, maxLength: 30 }), (nodes) => {
      const names = nodes.map(([prefix, digits]) => prefix + digits);
      assert.deepEqual(expandNodeList(compress(nodes)), names);
    }),
  );
});

const malformed: Record<string, RegExp> = {
  '': /^TypeError: invalid node list; not nodes such as gpu\[01-03,07\],login1: ""$/,
  'a,,b': /not nodes such as .*: "a,,b"$/,
  'a,': /not nodes such as/,
  'gpu[1-3': /not nodes such as/,
  'gpu[]': /not nodes such as/,
  'gpu[1,]': /not a number or a range such as 01-03: ""$/,
  [`${'a'.repeat(5000)}!`]: /not nodes such as/, // at once
  'a b': /not nodes such as/,
  'gpu[a-b]': /^TypeError: invalid node list; not a number or a range such as 01-03: "a-b"$/,
  'gpu[1-]': /not a number or a range/,
  'gpu[3-1]': /^RangeError: invalid node list; not a range of 1..65536 numbers: "3-1"$/,
  'gpu[1-65537]': /^RangeError: .*"1-65537"$/,
};

for (const [list, message] of Object.entries(malformed)) {
  test(`the node list '${list.slice(-40)}' is refused`, () => {
    assert.throws(() => expandNodeList(list), message);
  });
}

test('tasks per node are written out, node by node', () => {
  assert.deepEqual(tasksPerNode('2(x3),1'), [2, 2, 2, 1]);
  assert.deepEqual(tasksPerNode('4'), [4]);
  assert.deepEqual(tasksPerNode('1,3(x2),12(x1)'), [1, 3, 3, 12]);
  for (const text of ['', 'a', '2(x)', '2x3', '2,', '-1', '2(x3)1', '1(x100000)'])
    assert.throws(() => tasksPerNode(text, 'SLURM_TASKS_PER_NODE'), {
      name: 'TypeError',
      message: `invalid SLURM_TASKS_PER_NODE; not numbers such as 2(x3),1: ${JSON.stringify(text)}`,
    });
});
