/** Measures ours: `train` and `predict` of the library, compiled or eager. */
import { predict } from '../../lib/src/evaluate/predict';
import { tf } from '../../lib/src/tensorflow/load';
import type { CompileChoice } from '../../lib/src/train/model-functions';
import { train } from '../../lib/src/train/train';
import type { TrainOptions } from '../../lib/src/train/training';
import { about } from './about';
import { latenessOf } from './lateness';
import type { Measurement, Report } from './measurement';
import { NETS } from './nets';
import { memoryMB } from './process-memory';
import { randomSplit } from './random-split';
import { speed, stopwatch } from './speed';

/** Trains for the epochs asked for; the first one, in which the step is compiled, is not timed. */
export async function measureTraining(measurement: Measurement): Promise<Report> {
  const { net, batch, images, epochs, runner, measure } = measurement;
  const { imageShape, classes, build, optimizer } = NETS[net];
  const model = build();
  model.compile({ optimizer: optimizer(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  const split = randomSplit(images, imageShape, classes);
  const options: TrainOptions = { epochs, batchSize: batch, seed: 1, ...mode(runner) };

  const ends: number[] = []; // of the epochs, in seconds since the training began
  const [residentMB, numTensors]: number[][] = [[], []];
  let firstStep = 0; // seconds
  let loss = Number.NaN;
  const lateness = measure === 'event-loop' ? latenessOf(10) : undefined;
  const seconds = stopwatch();
  for await (const record of train(model, split, options)) {
    if (record.kind === 'step') {
      firstStep ||= seconds();
      continue;
    }
    ends.push(seconds());
    residentMB.push(memoryMB('VmRSS'));
    numTensors.push(tf.memory().numTensors);
    loss = record.loss;
  }
  const lateMs = lateness?.();
  const timed = speed(ends, measurement);
  return {
    ...timed,
    compileSeconds: firstStep - timed.msPerStep / 1000,
    residentMB,
    numTensors,
    loss,
    ...(lateMs && { lateMs }),
    ...about(model),
  };
}

/** Predicts the whole split as often as there are epochs; the first time is not timed. */
export async function measurePrediction(measurement: Measurement): Promise<Report> {
  const { net, batch, images, epochs, runner } = measurement;
  const { imageShape, classes, build } = NETS[net];
  const model = build();
  const split = randomSplit(images, imageShape, classes);
  const ends: number[] = [];
  const seconds = stopwatch();
  for (let epoch = 1; epoch <= epochs; epoch++) {
    await predict(model, split, { batchSize: batch, ...mode(runner) });
    ends.push(seconds());
  }
  return { ...speed(ends, measurement), ...about(model) };
}

const MODES: Partial<Readonly<Record<Measurement['runner'], CompileChoice>>> = {
  'ours-eager': false,
  'ours-xla': { xla: true },
  'ours-float16': { mixedPrecision: 'float16' },
};

/** The library compiles unless it is told not to. */
function mode(runner: Measurement['runner']): { compile?: CompileChoice } {
  return runner in MODES ? { compile: MODES[runner] } : {};
}
