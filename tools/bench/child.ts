/** A measuring process: takes one measurement, as JSON, in its first argument and prints one report as a line of JSON. */
import type { Measurement, Report } from './measurement';

async function report(measurement: Measurement): Promise<Report> {
  const predicts = measurement.measure === 'predict';
  switch (measurement.runner) {
    case 'ours':
    case 'ours-eager':
    case 'ours-xla':
    case 'ours-float16': {
      const { measurePrediction, measureTraining } = await import('./ours');
      return predicts ? measurePrediction(measurement) : measureTraining(measurement);
    }
    case 'tfjs': {
      const { measureFit, measureModelPredict } = await import('./tfjs'); // without what the library adds
      return predicts ? measureModelPredict(measurement) : measureFit(measurement);
    }
    default:
      throw new Error(`cannot measure here; not ours or tfjs: ${measurement.runner}`);
  }
}

report(JSON.parse(process.argv[2]) as Measurement).then((line) => console.log(JSON.stringify(line)));
