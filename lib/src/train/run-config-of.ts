/** The configuration of a run, from what a training is given. */
import { createHash } from 'node:crypto';
import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import type { DataSource, Split } from '../data/split';
import { countParameters } from '../model/layer-table';
import { describeDevice, device } from '../tensorflow/device';
import type { RunConfig } from './run-config';
import { layersHash } from './run-model';
import type { Schedule } from './schedules';
import { stepFormsOf } from './step-forms';
import type { TrainOptions } from './train';

export interface RunDescription {
  /** For people; default: the split's name. */
  readonly title?: string;
  /** Of the data set that the split is from; default: the split's own name. */
  readonly data?: { readonly name: string; readonly source: DataSource };
  /** Of the checkout; default null. */
  readonly commit?: string | null;
}

/** Of a training that would begin now. */
export function runConfigOf(
  model: LayersModel,
  split: Split,
  options: TrainOptions,
  { title = `Training on ${split.name}`, data, commit = null }: RunDescription = {},
): RunConfig {
  const {
    epochs = 10,
    batchSize = 32,
    dropLast = false,
    seed = 0,
    schedule,
    validation,
    compile = {},
  } = options;
  const steps = epochs * Math.ceil(split.labels.length / batchSize);
  const found = device();
  return {
    created: new Date().toISOString(),
    title,
    model: { name: model.name, parameters: countParameters(model).total, layers: layersHash(model) },
    data: {
      name: data?.name ?? split.name,
      source: data?.source ?? split.name,
      trainImages: split.labels.length,
      validationImages: validation?.labels.length ?? 0,
      imageShape: split.imageShape,
      classNames: split.classNames,
    },
    options: {
      epochs,
      batchSize,
      dropLast,
      seed,
      optimizer: { className: model.optimizer.getClassName(), ...model.optimizer.getConfig() },
      ...(schedule && { schedule: samplesOf(schedule, steps) }),
      ...stepFormsOf(options),
      stepsPerCall: options.stepsPerCall ?? 1,
      compile,
      images: { train: digestOf(split), ...(validation && { validation: digestOf(validation) }) },
    },
    device: describeDevice(found),
    versions: { node: process.versions.node, tensorflow: found.tensorflow, tfjs: found.tfjs },
    commit,
  };
}

const SAMPLES = 16;

/** A schedule is a function: these rates tell it from another one. */
function samplesOf(schedule: Schedule, steps: number): number[] {
  const last = steps - 1;
  const places = new Set(Array.from({ length: SAMPLES }, (_, i) => Math.floor((i * last) / (SAMPLES - 1))));
  return [...places].map(schedule);
}

/** 16 hexadecimal digits that stand for a split's images and labels: a resumed training must see the same. */
function digestOf({ images, labels }: Split): string {
  return createHash('sha256').update(images).update(labels).digest('hex').slice(0, 16);
}
