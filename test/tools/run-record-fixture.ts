/** What a run of the walkthrough on CIFAR-10 left, with names that need escaping. */
import type { RunRecord } from '../../tools/run-notebooks/run-record';

export const RUN_RECORD: RunRecord = {
  status: 'finished',
  started: '2026-01-02T03:04:05.000Z',
  seconds: 75,
  accuracy: 0.6826,
  loss: 0.9123,
  measuredIn: 'evaluation.json',
  dataSet: { name: 'CIFAR-10', source: 'cifar10' },
  images: { train: 50_000, test: 10_000 },
  settings: { data: 'cifar10', epochs: 10, seed: 3 },
  training: {
    origin: 'this run',
    ...{ epochs: 2, seed: 3, batchSize: 32, seconds: 50, secondsPerEpoch: [24, 26], stopped: 'finished' },
    ...{ device: 'CPU Some <Processor>', commit: null, history: [] },
  },
  device: 'CPU Some <Processor>, 2 threads; TensorFlow 2.21.0',
  versions: { node: '20.20.2', tslab: '1.0.22' },
  commit: '0123456789abcdef0123456789abcdef01234567-dirty',
  notebooks: [],
};
