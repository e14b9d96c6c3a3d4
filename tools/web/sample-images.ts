import { generatedImages } from '../../lib/src/data/generated-images';
import { loadData } from '../../lib/src/data/load-data';
import type { DataSource, Split } from '../../lib/src/data/split';
import { take } from '../../lib/src/data/take';

const SAMPLES = 100; // evenly over the classes

/**
 * A hundred test images of a data set. Nothing is downloaded.
 *
 * @param directory where data sets lie
 * @param seed of generated images; their test images are never training images of the same seed
 * @throws Error when the set is not here, or is damaged; it says how to get it
 */
export async function sampleImages(
  source: DataSource,
  {
    classes,
    seed,
    directory,
    environment,
  }: {
    readonly classes: number;
    readonly seed: number;
    readonly directory: string;
    readonly environment: { readonly CIFAR10_DIR?: string };
  },
): Promise<Split> {
  if (source === 'generated') return generatedImages({ classes, seed, train: 1, test: SAMPLES }).test;
  const remedy = `npm run data gets it${source === 'cifar10' ? ', or CIFAR10_DIR names its folder' : ''}`;
  const download = () => Promise.reject(new Error(`the data set is not on this machine: ${remedy}`));
  const { test } = await loadData({ source, directory, environment, download });
  return take(test, SAMPLES);
}
