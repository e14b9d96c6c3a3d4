import type { LayersModel, Optimizer, Tensor, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs-node-gpu';
import { canCompile } from '../compile/compile';
import { compiledFed, eagerFed, type FedFunction } from '../compile/fed-function';
import { GraphSession } from '../compile/graph-session';
import { liveNumber } from '../compile/record';
import { RecordedFunction } from '../compile/recorded-function';
import type { SessionOptions } from '../compile/session-options';
import { tf } from '../tensorflow/load';
import { LossScale } from './loss-scale';
import { type CompiledModel, withTrainingForms } from './training-forms';

/** False runs everything eagerly, as TensorFlow.js does. */
export type CompileChoice = SessionOptions | false;

/** A model's training, evaluation and prediction on bytes, which share its variables. */
export interface ModelFunctions {
  readonly runner: 'compiled' | 'eager';
  /**
   * Several steps in one call: images uint8 `[steps * batch, height, width, channels]`, labels uint8 `[steps * batch]` -> loss and
   * metrics of each, `[steps]`.
   */
  train(steps: number): FedFunction;
  /** As one step of training, without a change to the model. */
  readonly evaluate: FedFunction;
  /** images -> what the model puts out, `[batch, classes]` */
  readonly predict: FedFunction;
  /** Of the training that is going on; decides, with the optimizer's step, what dropout draws. */
  seed: number;
}

interface Entry {
  readonly functions: ModelFunctions;
  readonly session: GraphSession | undefined;
  readonly lossScale: LossScale | undefined;
  /** What a recording has frozen: the layers' settings, and what `model.compile` was given. */
  readonly settings: string;
  readonly parts: readonly unknown[];
}

/** For every model, by the options; the one that was used last is the last. */
const entries = new WeakMap<LayersModel, Map<string, Entry>>();

/**
 * The functions of a model, made at the first call and anew after a change that a recording would not see: another `model.compile`,
 * another setting of a layer. Functions with other options stand beside them. They live as long as the model's weights.
 *
 * @param choice undefined: as they were used last, else compiled with the default options
 */
export function functionsOf(model: LayersModel, choice?: CompileChoice): ModelFunctions {
  const inner = innerModel(model);
  const known = entries.get(inner) ?? new Map<string, Entry>();
  entries.set(inner, known);
  const settings = JSON.stringify(inner.layers.map((layer) => [layer.trainable, layer.getConfig()]));
  const { optimizer_, lossFunctions, metricsTensors } = inner as unknown as CompiledModel;
  const parts = [optimizer_, lossFunctions, metricsTensors];
  const isCurrent = (entry: Entry) =>
    !entry.session?.disposed &&
    entry.settings === settings &&
    parts.every((part, i) => part === entry.parts[i]);
  for (const [key, entry] of known) if (!isCurrent(entry)) retire(model, known, key);

  const last = [...known].filter(([, { session }]) => session).at(-1)?.[0];
  const wanted = choice === false || !canCompile() ? 'false' : JSON.stringify(choice);
  const key = wanted ?? last ?? '{}';
  const entry = known.get(key) ?? makeEntry(inner, JSON.parse(key), settings, parts);
  known.delete(key);
  known.set(key, entry);
  return entry.functions;
}

/** Whether the model has a session already, so that predicting needs little compilation. */
export function isCompiled(model: LayersModel): boolean {
  return [...(entries.get(innerModel(model))?.values() ?? [])].some(
    ({ session }) => session && !session.disposed,
  );
}

/** The model that has the layers and losses: a Sequential keeps them in another. */
function innerModel(model: LayersModel): LayersModel {
  return (model as { model?: LayersModel }).model ?? model;
}

function retire(model: LayersModel, known: Map<string, Entry>, key: string): void {
  const { session, lossScale } = known.get(key)!;
  known.delete(key);
  if ((model as unknown as { isTraining: boolean }).isTraining) return; // it may be in use, and goes with the model
  session?.dispose();
  lossScale?.dispose();
}

function makeEntry(
  model: LayersModel,
  choice: CompileChoice,
  settings: string,
  parts: readonly unknown[],
): Entry {
  const options = choice === false ? undefined : choice;
  const weights = new Set(model.weights.map((weight) => weight.read() as Variable));
  const session = options && new GraphSession(options, weights);
  const lossScale = options?.mixedPrecision === 'float16' ? new LossScale() : undefined;
  return { functions: makeFunctions(model, session, lossScale), session, lossScale, settings, parts };
}

function makeFunctions(
  model: LayersModel,
  session: GraphSession | undefined,
  lossScale: LossScale | undefined,
): ModelFunctions {
  const compiledModel = model as unknown as CompiledModel;
  const classes = model.outputs[0].shape.at(-1)!;
  /** @param later steps of the same call that come before this one */
  const withForms = <T>(run: () => T, later = 0): T => {
    const step = liveNumber(() => ((model.optimizer as Optimizer | undefined)?.iterations ?? 0) % EXACT);
    const seed = liveNumber(() => functions.seed % EXACT);
    const ahead = session ? later : 0; // eagerly, the count of iterations has moved on by itself
    const chance = { seed: seed.toInt(), step: step.add(ahead).toInt() };
    return withTrainingForms(model, chance, lossScale, run);
  };
  const trainOnce = (images: Tensor4D, labels: Tensor2D, later: number) =>
    withForms(() => compiledModel.makeTrainFunction()([images, labels]), later);
  const onBytes = (run: OnBatch) => (images: Tensor, labels: Tensor) =>
    run(pixels(images), tf.oneHot(labels.toInt(), classes).toFloat() as Tensor2D, 0);
  const fed = (name: string, fn: (...args: Tensor[]) => Tensor[]) =>
    session ? compiledFed(new RecordedFunction(fn, session, name)) : eagerFed(fn);
  const trainFunctions = new Map<number, FedFunction>();
  const functions: ModelFunctions = {
    runner: session ? 'compiled' : 'eager',
    seed: 0,
    train(steps) {
      const known = trainFunctions.get(steps);
      if (known) return known;
      const made = fed(`the training of ${model.name}`, onBytes(repeated(steps, trainOnce)));
      trainFunctions.set(steps, made);
      return made;
    },
    evaluate: fed(
      `the evaluation of ${model.name}`,
      onBytes((images, labels) => {
        compiledModel.makeTestFunction();
        return withForms(() => compiledModel.testFunction([images, labels]));
      }),
    ),
    predict: fed(`the prediction of ${model.name}`, (images) => [
      withForms(() => model.apply(pixels(images), { training: false }) as Tensor),
    ]),
  };
  return functions;
}

type OnBatch = (images: Tensor4D, labels: Tensor2D, later: number) => Tensor[];

/** Calls `run` with one part of the images after the other, and stacks what it returns. */
function repeated(steps: number, run: OnBatch): OnBatch {
  if (steps === 1) return run;
  return (images, labels) => {
    const y = tf.split(labels, steps) as Tensor2D[];
    const parts = tf.split(images, steps).map((x, later) => run(x as Tensor4D, y[later], later));
    const stacked = parts[0].map((_, result) => tf.stack(parts.map((part) => part[result])));
    tf.dispose(parts); // TensorFlow.js keeps a model's metrics from the tidying
    return stacked;
  };
}

const EXACT = 2 ** 24; // a live number is a float32, which holds every integer up to here

/** Bytes 0..255 -> float32 0..1. */
function pixels(bytes: Tensor): Tensor4D {
  return bytes.toFloat().div(255);
}
