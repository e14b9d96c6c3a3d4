import type { LayersModel, layers, SymbolicTensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { residualBlocks } from './residual-blocks';
import { type WeightChanges, weightNamed } from './weight-changes';

/** What a lesion takes out of a net: a block of a residual net, a layer of a plain one. */
export interface NetPart {
  /** `stage1_block1`, or `stage1_block1_2` in a plain net. */
  readonly name: string;
  /** Its weights, in order. */
  readonly variables: readonly Variable[];
  /** Parts of the same kind may be swapped: as many weights of the same shapes, on maps of the same size before and after. */
  readonly kind: string;
  /** What the weights are without it. */
  remove(changes: WeightChanges): void;
}

/**
 * The parts of a net that can be taken out by its weights alone, in order.
 *
 * In a net with shortcuts, its blocks: F(x) becomes 0, and what is left is the shortcut. In a plain net (of version 1), its layers
 * within blocks, convolution and batch norm: each becomes the identity, or, where it changes size, what option A's shortcut would be:
 * every second pixel, and zeros for new channels. The ReLU that follows then lets all through, for what comes in is at least 0.
 *
 * @throws TypeError when the net has neither, or names that are not the builders'
 */
export function netParts(model: LayersModel): NetPart[] {
  const blocks = residualBlocks(model);
  const parts =
    blocks.length > 0
      ? blocks.map(({ name, branch, sum }) => blockPart(model, name, branch, sum))
      : plainParts(model);
  if (parts.length > 0) return parts;
  throw new TypeError(
    `cannot take ${model.name} apart; it has neither an addition called ..._add nor a convolution and batch norm called ` +
      'stage1_block1_1_conv and ..._bn as those of cifarResNet(20)',
  );
}

function blockPart(model: LayersModel, name: string, branch: SymbolicTensor, sum: SymbolicTensor): NetPart {
  const own = model.layers.filter((layer) => layer.name.startsWith(`${name}_`));
  const first = own[0].output as SymbolicTensor;
  return {
    ...{ name, variables: variablesOf(own) },
    kind: kindOf(own, first.inputs[0], sum),
    remove: (changes) => silence(branch, changes),
  };
}

const TRANSPARENT = ['Dropout', 'ReLU', 'Multiply', 'ZeroPadding2D', 'MaxPooling2D']; // make 0 of 0 in inference

/**
 * Makes 0 of what a branch puts out, by the last layer that has weights: batch norm puts out beta for gamma 0, a convolution its bias
 * for a kernel of zeros. A batch norm without gamma needs both, and a mean of 0. In inference that equals removal, and no other
 * layer changes: nothing else takes in what is inside a branch.
 */
function silence(place: SymbolicTensor, changes: WeightChanges): void {
  const layer = place.sourceLayer;
  const kind = layer.getClassName();
  const zero = (names: readonly string[]) => {
    for (const name of names) {
      const weight = weightNamed(layer, name);
      if (weight) changes.fill(weight, () => 0);
    }
  };
  if (kind === 'Conv2D') zero(['kernel', 'bias']);
  else if (kind === 'BatchNormalization' && weightNamed(layer, 'gamma')) zero(['gamma', 'beta']);
  else {
    if (kind === 'BatchNormalization') zero(['beta', 'moving_mean']);
    else if (!TRANSPARENT.includes(kind)) {
      throw new TypeError(
        `cannot remove a branch; it ends in a layer that cannot be silenced: ${layer.name}, of class ${kind}`,
      );
    }
    silence(place.inputs[0], changes); // of a squeeze-excitation's factors the first is the branch
  }
}

function plainParts(model: LayersModel): NetPart[] {
  return model.layers.flatMap((convolution) => {
    const [name] = convolution.name.match(/^stage\d+_block\d+_\d+(?=_conv$)/) ?? [];
    const norm = model.layers.find((layer) => layer.name === `${name}_bn`);
    if (!norm || (norm.output as SymbolicTensor).inputs[0] !== convolution.output) return [];
    const own = [convolution, norm];
    return [
      {
        ...{ name: name!, variables: variablesOf(own) },
        kind: kindOf(own, convolution.input as SymbolicTensor, norm.output as SymbolicTensor),
        remove: (changes: WeightChanges) => {
          passOn(convolution, changes);
          undoNorm(norm, changes);
        },
      },
    ];
  });
}

/** A kernel with a one from each channel to its like, in the middle. */
function passOn(convolution: layers.Layer, changes: WeightChanges): void {
  const kernel = weightNamed(convolution, 'kernel')!;
  const [height, width, channelsIn, channelsOut] = kernel.shape as [number, number, number, number];
  const middle = (((height - 1) / 2) * width + (width - 1) / 2) * channelsIn * channelsOut;
  changes.fill(kernel, (index) => {
    const [from, to] = [Math.floor((index - middle) / channelsOut), (index - middle) % channelsOut];
    return from >= 0 && from < channelsIn && from === to ? 1 : 0;
  });
  const bias = weightNamed(convolution, 'bias');
  if (bias) changes.fill(bias, () => 0);
}

/** A batch norm that multiplies by what it divides by, and adds what it subtracts. */
function undoNorm(norm: layers.Layer, changes: WeightChanges): void {
  const { epsilon } = norm as layers.Layer & { readonly epsilon: number };
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map(
    (name) => weightNamed(norm, name)!,
  );
  const [means, variances] = [mean, variance].map((variable) => changes.get(variable).values);
  changes.fill(gamma, (i) => Math.sqrt(variances[i] + epsilon));
  changes.fill(beta, (i) => means[i]);
}

function variablesOf(own: readonly layers.Layer[]): Variable[] {
  return own.flatMap((layer) => layer.weights.map((weight) => weight.read() as Variable));
}

function kindOf(own: readonly layers.Layer[], before: SymbolicTensor, after: SymbolicTensor): string {
  return JSON.stringify([before.shape, after.shape, variablesOf(own).map(({ shape }) => shape)]);
}
