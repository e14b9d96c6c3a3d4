import type { Kernel } from './kernel';
import type { DeviceFacts } from './run-record';

const LIMIT = 15_000; // ms; asking a GPU's driver may take a second

/** Asks only a library that a cell has loaded, so that a notebook without TensorFlow stays without it. */
const QUESTION = `(() => {
  const file = Object.keys(require.cache).find((name) => /[\\\\/]lib[\\\\/]dist[\\\\/]index\\.js$/.test(name));
  if (file === undefined) return 'null';
  const { device, describeDevice } = require(file);
  const { tensorflow, tfjs } = device();
  return JSON.stringify({ description: describeDevice(), tensorflow, tfjs });
})()`;

/** The device of a kernel whose notebook loaded resnet-lab; null where it did not. */
export async function describeKernel(kernel: Kernel): Promise<DeviceFacts | null> {
  const { outputs, failure } = await kernel.execute(QUESTION, { timeoutMs: LIMIT });
  const [output] = outputs;
  if (failure || output?.output_type !== 'stream') return null;
  return JSON.parse(output.text) as DeviceFacts | null;
}
