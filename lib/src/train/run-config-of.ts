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
import type { TrainOptions } from './training';

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
  const steps = epochs * (dropLast ? Math.floor : Math.ceil)(split.labels.length / batchSize);
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
      loss: describeLoss(model.loss),
      ...(schedule && { schedule: describeSchedule(schedule, steps) }),
      ...stepFormsOf(options),
      stepsPerCall: options.stepsPerCall ?? 1,
      ...(options.cluster?.server && { workers: options.cluster.size, ...options.cluster.reduction }),
      compile,
      images: {
        train: digestOf(split.images, split.labels),
        ...(validation && { validation: digestOf(validation.images, validation.labels) }),
      },
    },
    device: describeDevice(found),
    versions: { node: process.versions.node, tensorflow: found.tensorflow, tfjs: found.tfjs },
    commit,
  };
}

const SAMPLES = 16;

/** A schedule is a function: some of its rates for people, and 16 hexadecimal digits that stand for all of them, in float32. */
function describeSchedule(schedule: Schedule, steps: number): { rates: number[]; all: string } {
  const rates = Float32Array.from({ length: steps }, (_, step) => schedule(step));
  const last = steps - 1;
  const places = new Set(Array.from({ length: SAMPLES }, (_, i) => Math.floor((i * last) / (SAMPLES - 1))));
  return {
    rates: [...places].map((step) => Number(rates[step].toPrecision(6))),
    all: digestOf(new Uint8Array(rates.buffer)),
  };
}

/** A function of one's own by its name or, where it has none, as it is written. */
function describeLoss(loss: LayersModel['loss']): unknown {
  if (typeof loss === 'function') return loss.name || String(loss);
  if (typeof loss === 'string') return loss;
  return Object.fromEntries(Object.entries(loss).map(([output, each]) => [output, describeLoss(each)]));
}

/** 16 hexadecimal digits that stand for the bytes, e.g. a split's images and labels: a resumed training must see the same. */
function digestOf(...parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 16);
}
