import type { LayersModel, Optimizer, Tensor, Variable } from '@tensorflow/tfjs-node-gpu';
import { overViews, type TestTime } from '../augment/views';
import type { Cluster } from '../cluster/cluster';
import { canCompile } from '../compile/compile';
import { compiledFed, eagerFed, type FedFunction } from '../compile/fed-function';
import { GraphSession } from '../compile/graph-session';
import { liveNumber } from '../compile/record';
import { RecordedFunction } from '../compile/recorded-function';
import type { SessionOptions } from '../compile/session-options';
import { tf } from '../tensorflow/load';
import { across } from './across';
import { LossScale } from './loss-scale';
import type { Worker } from './shard';
import type { StepForms } from './step-forms';
import { type CompiledModel, withTrainingForms } from './training-forms';
import { drawOf, EXACT, pixels, trainingStep } from './training-step';
import type { WeightAverage } from './weight-average';

/** False runs everything eagerly, as TensorFlow.js does. */
export type CompileChoice = SessionOptions | false;

/** A model's training, evaluation and prediction on bytes, which share its variables. */
export interface ModelFunctions {
  readonly runner: 'compiled' | 'eager';
  /**
   * Several steps in one call: images uint8 `[steps * batch, height, width, channels]`, labels uint8 `[steps * batch]`, their places in
   * the split int32 `[steps * batch]` -> of each step the loss, the metrics, in a cluster what {@link Across.now} adds and, where
   * the forms ask for it, the gradients' norm, `[steps]`.
   *
   * @param average of the weights, which every step updates; the caller counts its updates
   */
  train(steps: number, forms?: StepForms, average?: WeightAverage): FedFunction;
  /** As one step of training, without a change to the model. */
  readonly evaluate: FedFunction;
  /** images -> what the model puts out, `[batch, classes]` */
  readonly predict: FedFunction;
  /** images -> what the model, which ends in a softmax, puts out on average of their views, `[batch, classes]` */
  predictViews(testTime: TestTime): FedFunction;
  /** Where the training that is going on is: decides what dropout and augmentation draw. */
  readonly position: Position;
  readonly lossScale: LossScale | undefined;
  /** Breaks off the call that is going on, which fails. The functions cannot be called any more, and values in their session are lost. */
  cancel(): Promise<void>;
}

export interface Position {
  seed: number;
  /** 1-based. */
  epoch: number;
  /** Steps of this training before the call that comes next. */
  step: number;
  /** Which worker of how many this is. */
  readonly worker: Worker;
  /** In a cluster: tells the others, with the next step. */
  wantsToStop?: boolean;
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
 * @param cluster whose workers' gradients are averaged in training
 */
export function functionsOf(model: LayersModel, choice?: CompileChoice, cluster?: Cluster): ModelFunctions {
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
  const key = cluster ? `${wanted ?? '{}'} ${keyOf(cluster)}` : (wanted ?? last ?? '{}');
  const entry = known.get(key) ?? makeEntry(inner, { choice: choiceOf(key), settings, parts, cluster });
  known.delete(key);
  known.set(key, entry);
  return entry.functions;
}

const clusterKeys = new WeakMap<Cluster, string>();
let clusters = 0;

function keyOf(cluster: Cluster): string {
  const key = clusterKeys.get(cluster) ?? `in cluster ${++clusters}`;
  clusterKeys.set(cluster, key);
  return key;
}

function choiceOf(key: string): CompileChoice {
  return JSON.parse(key.replace(/ in cluster \d+$/, ''));
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
  const { session } = known.get(key)!;
  known.delete(key);
  if ((model as unknown as { isTraining: boolean }).isTraining) return; // it may be in use, and goes with the model
  session?.dispose();
}

interface EntryOptions extends Pick<Entry, 'settings' | 'parts'> {
  readonly choice: CompileChoice;
  readonly cluster: Cluster | undefined;
}

function makeEntry(model: LayersModel, { choice, settings, parts, cluster }: EntryOptions): Entry {
  const options = choice === false ? undefined : choice;
  const weights = new Set(model.weights.map((weight) => weight.read() as Variable));
  const session = options && new GraphSession(options, weights, cluster?.server);
  const lossScale = options?.mixedPrecision === 'float16' ? new LossScale() : undefined;
  session?.whenDisposed(() => lossScale?.dispose()); // with the model, too
  const functions = makeFunctions(model, session, lossScale, cluster);
  return { functions, session, lossScale, settings, parts };
}

function makeFunctions(
  model: LayersModel,
  session: GraphSession | undefined,
  lossScale: LossScale | undefined,
  cluster: Cluster | undefined,
): ModelFunctions {
  const compiledModel = model as unknown as CompiledModel;
  const classes = model.outputs[0].shape.at(-1)!;
  const { index = 0, size = 1 } = cluster ?? {};
  const position: Position = { seed: 0, epoch: 1, step: 0, worker: { index, size } };
  const others = cluster && across(cluster, () => position.wantsToStop === true);
  /** @param later steps of the same call that come before this one */
  const withForms = <T>(run: () => T, later = 0): T => {
    const ahead = session ? later : 0; // eagerly, the count of iterations has moved on by itself
    const taken = () => (model.optimizer as Optimizer | undefined)?.iterations ?? 0;
    const step = liveNumber(() => drawOf(taken() + ahead, position) % EXACT);
    const seed = liveNumber(() => position.seed % EXACT);
    return withTrainingForms(model, { seed: seed.toInt(), step: step.toInt() }, run);
  };
  const fed = (name: string, fn: (...args: Tensor[]) => Tensor[]) =>
    session ? compiledFed(new RecordedFunction(fn, session, name)) : eagerFed(fn);
  const predicted = (images: Tensor) => withForms(() => model.apply(images, { training: false }) as Tensor);
  const trainFunctions = new Map<string, FedFunction>();
  const viewFunctions = new Map<TestTime, FedFunction>();
  const withAverage = new WeakMap<WeightAverage, Map<string, FedFunction>>();
  return {
    runner: session ? 'compiled' : 'eager',
    position,
    lossScale,
    cancel: async () => session?.cancel(),
    train(steps, forms = {}, average) {
      const known = average ? (withAverage.get(average) ?? new Map<string, FedFunction>()) : trainFunctions;
      if (average) withAverage.set(average, known);
      const key = JSON.stringify([steps, forms]);
      const made =
        known.get(key) ??
        fed(
          `the training of ${model.name}`,
          repeated(
            steps,
            trainingStep(model, { forms, lossScale, average, across: others, position, withForms }),
          ),
        );
      known.set(key, made);
      return made;
    },
    evaluate: fed(`the evaluation of ${model.name}`, (images, labels) => {
      compiledModel.makeTestFunction();
      const targets = tf.oneHot(labels.toInt(), classes).toFloat();
      return withForms(() => compiledModel.testFunction([pixels(images), targets]));
    }),
    predict: fed(`the prediction of ${model.name}`, (images) => [predicted(pixels(images))]),
    predictViews(testTime) {
      const made =
        viewFunctions.get(testTime) ??
        fed(`the prediction of ${model.name} with ${testTime}`, (images) => [
          overViews(pixels(images), testTime, predicted),
        ]);
      viewFunctions.set(testTime, made);
      return made;
    },
  };
}

/** One step: images, labels and their places in the split -> results. */
type OnBatch = (batch: readonly Tensor[], later: number) => Tensor[];

/** Calls `run` with one part of the images after the other, and stacks what it returns. */
function repeated(steps: number, run: OnBatch): (...batch: Tensor[]) => Tensor[] {
  if (steps === 1) return (...batch) => run(batch, 0);
  return (...batch) => {
    const split = batch.map((tensor) => tf.split(tensor, steps));
    const parts = split[0].map((_, later) =>
      run(
        split.map((of) => of[later]),
        later,
      ),
    );
    const stacked = parts[0].map((_, result) => tf.stack(parts.map((part) => part[result])));
    tf.dispose(parts); // TensorFlow.js keeps a model's metrics from the tidying
    return stacked;
  };
}
