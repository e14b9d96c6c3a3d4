import type { LayersModel } from '@tensorflow/tfjs-node-gpu';
import { device } from '../../lib/src/tensorflow/device';
import type { Report } from './measurement';
import { memoryMB } from './process-memory';

/** What every report of a process that runs TensorFlow.js says at its end, whatever was measured. */
export function about(
  model: LayersModel,
): Pick<Report, 'parameters' | 'peakMemoryMB' | 'threads' | 'versions'> {
  const { threads, tensorflow, tfjs } = device();
  const versions = { node: process.versions.node, tfjs, tensorflow };
  return { parameters: model.countParams(), peakMemoryMB: memoryMB('VmHWM'), threads, versions };
}
