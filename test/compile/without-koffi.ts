/** A program: compiled functions where koffi cannot be loaded. It prints what happens as JSON; see eager-fallback.test.ts. */
import Module from 'node:module';

const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown };
const load = loader._load;
loader._load = (request, ...rest) => {
  if (request === 'koffi') throw new Error('no koffi here');
  return load(request, ...rest);
};

const warnings: string[] = [];
console.warn = (text: string) => warnings.push(text);

async function main(): Promise<void> {
  const { compile, tf, train } = require('../../lib/src/index') as typeof import('../../lib/src/index');
  const { withoutLeaks } = require('../no-leaks') as typeof import('../no-leaks');
  const { tinyModel, tinySplit } = require('../train/tiny-problem') as typeof import('../train/tiny-problem');
  type Tensor = import('@tensorflow/tfjs-node-gpu').Tensor;
  const failure = async (call: () => unknown) => {
    try {
      await call();
      return undefined;
    } catch (error) {
      return String(error);
    }
  };
  const sum = tf.tidy(() => tf.variable(tf.scalar(1), false));
  const add = compile(function add(x: Tensor) {
    sum.assign(sum.add(x) as never);
    return { sum: sum.clone(), nothing: null };
  });
  const x = tf.scalar(2);
  const results = await withoutLeaks(async () => {
    const seen: number[] = [];
    for (let call = 0; call < 2; call++) {
      const result = await add(x);
      seen.push(result.sum.dataSync()[0]);
      result.sum.dispose();
    }
    return seen;
  });
  const wrongArgument = await failure(() => add(5 as never));
  const profile = await failure(() => add.profile(x));
  add.dispose();
  const disposed = await failure(() => add(x));
  compile((x: Tensor) => x); // warns no second time
  const losses: number[] = [];
  for await (const record of train(tinyModel(), tinySplit(16), { epochs: 1, batchSize: 8 })) {
    if (record.kind === 'step') losses.push(record.loss);
  }
  const { graph } = add;
  console.log(JSON.stringify({ results, graph, wrongArgument, profile, disposed, warnings, losses }));
}

void main();
