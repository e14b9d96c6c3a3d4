import type { layers, Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { batchNormInTraining } from '../ops/batch-norm';
import { tf } from '../tensorflow/load';

type BatchNormalizationConfig = Parameters<typeof tf.layers.batchNormalization>[0];

/** The members of TensorFlow.js's batch norm layer that its types leave out. */
interface BatchNormalizationLayer extends layers.Layer {
  readonly axis: number;
  readonly epsilon: number;
  readonly momentum: number;
  readonly gamma: WeightVariable | null;
  readonly beta: WeightVariable | null;
  readonly movingMean: WeightVariable;
  readonly movingVariance: WeightVariable;
}

interface WeightVariable {
  read(): Tensor1D;
  write(value: Tensor): void;
}

type Call = layers.Layer['call'];

/**
 * How `layer` is called when its training may run as one operation of TensorFlow instead of some forty: on images with channels
 * last. In every other case, inference among them, it is called as TensorFlow.js does.
 *
 * The moving statistics follow Keras: `moving = momentum * moving + (1 - momentum) * batch`, with the variance divided by n.
 */
export function fusedBatchNormCall(layer: layers.Layer, call: Call): Call {
  const norm = layer as BatchNormalizationLayer;
  return (inputs, kwargs) => {
    const x = Array.isArray(inputs) ? inputs[0] : inputs;
    const channelsLast = norm.axis === -1 || norm.axis === 3;
    if (kwargs.training !== true || x.rank !== 4 || !channelsLast) return call.call(layer, inputs, kwargs);
    return tf.tidy(() => {
      const channels = x.shape[3]!;
      const gamma = norm.gamma?.read() ?? tf.ones([channels]);
      const beta = norm.beta?.read() ?? tf.zeros([channels]);
      const { y, mean, variance } = batchNormInTraining(
        x as Tensor4D,
        gamma as Tensor1D,
        beta as Tensor1D,
        norm.epsilon,
      );
      moveTowards(norm.movingMean, mean, norm.momentum);
      moveTowards(norm.movingVariance, variance, norm.momentum);
      tf.dispose([mean, variance]);
      return y;
    });
  };
}

/** Written as TensorFlow.js has it, old - (old - value)(1 - momentum), so that both round alike. */
function moveTowards(average: WeightVariable, value: Tensor1D, momentum: number): void {
  const old = average.read();
  average.write(old.sub(old.sub(value).mul(1 - momentum)));
}

const Stock = tf.layers.batchNormalization({}).constructor as new (
  config?: BatchNormalizationConfig,
) => layers.Layer;

/**
 * TensorFlow.js's layer under its own class name, so that saved models load with and without this library, called as
 * {@link fusedBatchNormCall} says.
 */
class FusedBatchNormalization extends Stock {
  static readonly className = 'BatchNormalization';
  readonly #fused = fusedBatchNormCall(this, super.call);

  override call(...[inputs, kwargs]: Parameters<Call>): Tensor | Tensor[] {
    return this.#fused(inputs, kwargs);
  }
}

/** Whether the layer is one of TensorFlow.js's own, which {@link fusedBatchNormCall} would make faster. */
export function isStockBatchNorm(layer: layers.Layer): boolean {
  return layer.getClassName() === 'BatchNormalization' && !(layer instanceof FusedBatchNormalization);
}

tf.serialization.registerClass(FusedBatchNormalization as never); // models that are loaded from now on have it too

/** Batch norm as `tf.layers.batchNormalization`, faster in training. */
export function fusedBatchNormalization(config: BatchNormalizationConfig): layers.Layer {
  return new FusedBatchNormalization(config);
}
