import type { LayersModel, layers, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { Patches } from '../compile/patches';
import { shuffledIndices } from '../data/random';
import type { Split } from '../data/split';
import { tf } from '../tensorflow/load';
import { checkPositiveInteger } from '../train/check-fits';
import type { CompileChoice } from '../train/model-functions';
import { gradientGate, normOf, stillLoss, withTaps } from './gradient-taps';
import { type BlockPlaces, residualBlocks } from './residual-blocks';
import { SplitFunction } from './split-function';
import { countUpTo, type Progress } from './time-left';
import { weightedLayers } from './weighted-layers';

/** What comes to the first layer along ways through the net that pass the same number of branches. */
export interface PathGradient extends Progress {
  /** Branches passed, 0 to the number of blocks. */
  readonly length: number;
  /** Of the gradient with respect to the first layer's output, over images, places and channels; root mean square over the ways that were tried. */
  readonly norm: number;
}

export interface PathGradientsOptions {
  /** Ways of each length, drawn at random; default 4. */
  readonly samples?: number;
  /** Of their choice, default 0. */
  readonly seed?: number;
  /** Stops between two lengths: the loop is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly compile?: CompileChoice;
}

/**
 * How much of the gradient walks back along ways of each length (Veit et al. 2016, arXiv 1605.06431, section 4.3). Images go through the
 * whole net; on the way back each block lets the gradient through its branch alone or through its shortcut alone. By the chain rule the
 * gradient is the sum over all 2^n such ways: `pathLengths` counts how many there are of a length, and that many norms are what the
 * length adds at most, if all its ways pull in one direction. The pass is that of training on these images; the model stays as it is.
 *
 * @param batch all its images are one batch
 * @throws TypeError when model and images do not fit, or when the model has no residual block; RangeError when there is no image, or
 *   `samples` is no positive integer
 */
export async function* pathGradients(
  model: LayersModel,
  batch: Split,
  { samples = 4, seed = 0, signal, compile = {} }: PathGradientsOptions = {},
): AsyncGenerator<PathGradient, void, undefined> {
  checkPositiveInteger('samples', samples);
  const blocks = residualBlocks(model);
  if (blocks.length === 0)
    throw new TypeError(`cannot follow paths; ${model.name} has no residual block, ending in ..._add`);
  const ways = tf.tidy(() => tf.variable(tf.zeros([blocks.length]), false)); // of each block: 1 branch, 0 shortcut
  const along = alongWays(model, blocks, ways, compile);
  const next = countUpTo(blocks.length + 1);
  try {
    for (let length = 0; length <= blocks.length; length++) {
      signal?.throwIfAborted();
      let squares = 0;
      for (let i = 0; i < samples; i++) {
        const chosen = shuffledIndices(blocks.length, seed, length * samples + i).slice(0, length);
        tf.tidy(() => ways.assign(tf.tensor1d(blocks.map((_, at) => (chosen.includes(at) ? 1 : 0)))));
        squares += (await normAlong(along, batch)) ** 2;
      }
      yield { length, norm: Math.sqrt(squares / samples), ...next() };
    }
  } finally {
    along.dispose();
    ways.dispose();
  }
}

async function normAlong(along: SplitFunction, batch: Split): Promise<number> {
  for await (const { results } of along.run(batch, { batchSize: batch.labels.length || 1 })) {
    return Number(results[0][0]);
  }
  throw new RangeError(`empty split; at least one image is needed: ${batch.name} has 0`);
}

function alongWays(
  model: LayersModel,
  blocks: readonly BlockPlaces[],
  ways: Variable,
  compile: CompileChoice,
): SplitFunction {
  const [first] = weightedLayers(model);
  const fn = (bytes: Tensor, classOf: Tensor) => {
    let arriving: Tensor = tf.scalar(0);
    const meet = (gradient: Tensor) => {
      arriving.dispose();
      arriving = tf.keep(normOf(gradient)); // beyond the pass, which tidies up
    };
    const loss = () => withTaps([first.layer], meet, () => stillLoss(model, bytes, classOf));
    withGates(blocks, ways, () => tf.variableGrads(loss, [first.kernel]));
    const result = arriving.clone();
    arriving.dispose();
    return [result];
  };
  return new SplitFunction(model, `the gradient's ways through ${model.name}`, fn, compile);
}

/** Runs `run`, forwards and back, with additions that hand the gradient to one of their two summands, as `ways` says. */
function withGates<T>(blocks: readonly BlockPlaces[], ways: Variable, run: () => T): T {
  const patches = new Patches();
  try {
    for (const [i, { branch, sum }] of blocks.entries()) {
      const way = ways.slice([i], [1]).asScalar();
      const [toBranch, toShortcut] = [way, tf.scalar(1).sub(way)].map((share) =>
        gradientGate((gradient) => gradient.mul(share)),
      );
      const add: layers.Layer = sum.sourceLayer;
      const gates = sum.inputs.map((summand) => (summand === branch ? toBranch : toShortcut));
      patches.replace(
        add,
        'call',
        (call) => (inputs, kwargs) =>
          call.call(
            add,
            (inputs as Tensor[]).map((x, at) => gates[at](x)),
            kwargs,
          ),
      );
    }
    return run();
  } finally {
    patches.restore();
  }
}
