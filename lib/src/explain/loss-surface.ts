import type { LayersModel, Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-node-gpu';
import type { Split } from '../data/split';
import { take } from '../data/take';
import { checkOneOf, checkOptions, checkPositive, checkWholeNumber } from '../model/check-arguments';
import { softmaxCrossEntropy } from '../ops/softmax-cross-entropy';
import { tf } from '../tensorflow/load';
import type { CompileChoice } from '../train/model-functions';
import { pixels } from '../train/training-step';
import { logitsOf } from './logits';
import { randomDirection } from './random-direction';
import { SplitFunction, type SplitOptions } from './split-function';
import { countUpTo, type Progress } from './time-left';
import { WeightChanges } from './weight-changes';

/** The loss at one point of the plane, or line, through a net's weights. */
export interface SurfacePoint extends Progress {
  /** How far along each direction, 0 at the net itself; y is 0 on a line. In units of the filters' norms. */
  readonly x: number;
  readonly y: number;
  /** Mean cross-entropy in nats. */
  readonly loss: number;
  /** 0..1 */
  readonly accuracy: number;
}

export interface LossSurfaceOptions extends SplitOptions {
  /** Points along a direction, odd so that the net itself is one of them; default 21. */
  readonly size?: number;
  /** The farthest point along a direction; default 1, where a change is as large as the filter. */
  readonly range?: number;
  /** 1: a line instead of a plane; default 2. */
  readonly directions?: 1 | 2;
  /** Which directions, default 0. */
  readonly seed?: number;
  /** How many of the split, evenly over the classes; default 1000. */
  readonly images?: number;
}

const NAMES = ['size', 'range', 'directions', 'seed', 'images', 'batchSize', 'signal', 'compile'];

/**
 * How the loss changes around a trained net, along random directions in which every filter changes as much as it is large (Li et
 * al. 2018, arXiv 1712.09913, sections 3 and 4): f(x, y) = L(theta + x delta + y eta), row by row from y = -range on. Only what is
 * trained changes; batch norms keep the statistics of the trained net, in inference mode, as in the authors' code.
 *
 * Whenever a point comes, or the loop is left, the model has its own weights again, to the bit. 21 x 21 points of a ResNet-20 on
 * 1,000 images take some minutes on two cores.
 *
 * @param model ends in the classes' probabilities or logits; need not be compiled by `model.compile`
 * @throws TypeError or RangeError for an option that cannot be, or a split that does not fit
 */
export async function* lossSurface(
  model: LayersModel,
  split: Split,
  options: LossSurfaceOptions = {},
): AsyncGenerator<SurfacePoint, void, undefined> {
  checkSurfaceOptions(options);
  const { size = 21, range = 1, directions = 2, seed = 0, images = 1000, compile, ...ofSplit } = options;
  const weights = model.trainableWeights.map((weight) => weight.read() as Variable);
  const own = weights.map((weight) => weight.dataSync().slice() as Float32Array);
  const [delta, eta] = [0, 1].map((stream) => randomDirection(weights, seed, stream));
  const at = (x: number, y: number) => {
    const changes = new WeightChanges();
    weights.forEach((weight, i) => {
      if (weight.shape.length < 2) return; // its direction is 0
      changes.fill(weight, (j) => own[i][j] + x * delta[i][j] + y * eta[i][j]);
    });
    return changes;
  };
  const some = take(split, images);
  const losses = lossFunction(model, compile);
  const along = Array.from({ length: size }, (_, i) => range * ((2 * i) / (size - 1) - 1));
  const rows = directions === 2 ? along : [0];
  const progress = countUpTo(rows.length * size);
  try {
    for (const y of rows) {
      for (const x of along) {
        const point = await at(x, y).during(() => meanLoss(losses, some, ofSplit));
        yield { x, y, ...point, ...progress() };
      }
    }
  } finally {
    losses.dispose();
  }
}

/** Of a batch: the sum of the losses, and how many images are classified right. */
function lossFunction(model: LayersModel, compile: CompileChoice | undefined): SplitFunction {
  const classes = model.outputs[0].shape.at(-1)!;
  const fn = (bytes: Tensor, classOf: Tensor) => {
    const truth = classOf.toInt();
    const logits = logitsOf(model, pixels(bytes));
    const labels = tf.oneHot(truth, classes) as Tensor2D;
    return [softmaxCrossEntropy(labels, logits).sum(), logits.argMax(-1).equal(truth).toInt().sum()];
  };
  return new SplitFunction(model, `the loss of ${model.name}`, fn, compile);
}

async function meanLoss(losses: SplitFunction, split: Split, options: Omit<SplitOptions, 'compile'>) {
  let [loss, right] = [0, 0];
  for await (const { results } of losses.run(split, options)) {
    loss += Number(results[0][0]);
    right += Number(results[1][0]);
  }
  return { loss: loss / split.labels.length, accuracy: right / split.labels.length };
}

function checkSurfaceOptions(options: LossSurfaceOptions): void {
  checkOptions('lossSurface', options, NAMES);
  const { size = 21, range = 1, directions = 2, images = 1000 } = options;
  checkWholeNumber('size', size, 3);
  if (size % 2 === 0)
    throw new RangeError(`invalid size; not odd, so that the net itself is left out: ${size}`);
  checkPositive('range', range);
  checkOneOf('directions', directions, [1, 2]);
  checkWholeNumber('images', images);
}
