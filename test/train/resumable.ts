/** Trainings that are stopped at some record and go on, and what must be the same as if they had never stopped. */
import type { LayersModel, Optimizer } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../../lib/src/tensorflow/load';
import type { TrainingRecord } from '../../lib/src/train/records';
import type { Snapshot } from '../../lib/src/train/snapshot';
import type { Training, TrainingEnd } from '../../lib/src/train/training';
import { disposeOptimizer } from '../compile/compared';

/** Convolution, batch norm, dropout and softmax on 4 x 4 images; the same first weights every time. */
export function dropoutModel(optimizer: Optimizer, { filters = 4 } = {}): LayersModel {
  const kernelInitializer = (seed: number) => tf.initializers.glorotUniform({ seed });
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        filters,
        kernelSize: 3,
        kernelInitializer: kernelInitializer(1),
        inputShape: [4, 4, 3],
        name: 'conv',
      }),
      tf.layers.batchNormalization({ momentum: 0.5, name: 'norm' }),
      tf.layers.flatten({ name: 'flat' }),
      tf.layers.dropout({ rate: 0.3, name: 'drop' }),
      tf.layers.dense({
        units: 3,
        activation: 'softmax',
        kernelInitializer: kernelInitializer(2),
        name: 'head',
      }),
    ],
  });
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

export function dispose(model: LayersModel): void {
  const { optimizer } = model;
  model.dispose();
  disposeOptimizer(optimizer);
}

/** All records, and what the training returns. */
export async function drained(
  training: Training,
  atRecord: (record: TrainingRecord) => void | Promise<void> = () => {},
): Promise<{ records: TrainingRecord[]; end: TrainingEnd }> {
  const records: TrainingRecord[] = [];
  for (;;) {
    const { done, value } = await training.next();
    if (done) return { records, end: value };
    records.push(value);
    await atRecord(value);
  }
}

/** A record without what the clock and the process decide. */
export function timeless({
  seconds: _,
  imagesPerSecond: __,
  ...record
}: TrainingRecord): Partial<TrainingRecord> {
  if (!('memoryMB' in record)) return record;
  const { memoryMB: ___, ...rest } = record;
  return rest as Partial<TrainingRecord>;
}

/** All bits of a snapshot but for the clock's, and the names, which TensorFlow.js numbers. */
export function bitsOf({ place, tensors }: Snapshot) {
  const { seconds: _, epochSeconds: __, records, ...rest } = place;
  return { place: { ...rest, records: records.map(timeless) }, tensors: [...tensors.values()] };
}
