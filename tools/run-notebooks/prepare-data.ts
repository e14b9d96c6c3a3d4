import { generatedImages } from '../../lib/src/data/generated-images';
import { loadData } from '../../lib/src/data/load-data';
import type { Settings } from '../../lib/src/notebook/settings';
import type { DataSetFacts } from './run-record';

/**
 * Finds the data set before the first notebook needs it, so that a download happens once and in sight, and every notebook
 * of the run sees the same set: with `auto`, none of them decides anew.
 *
 * @throws Error when a set that was asked for by name cannot be had
 */
export async function prepareData(
  settings: Settings,
  { onMessage, signal }: { onMessage: (message: string) => void; signal?: AbortSignal },
): Promise<DataSetFacts> {
  if (settings.data === 'generated') {
    // A few tell the set's name; all of them would take seconds to draw.
    const { name, source } = generatedImages({ train: 10, test: 10 });
    return { name, source };
  }
  const { name, source, train, test } = await loadData({
    source: settings.data,
    directory: settings.dataDirectory,
    images: settings.images,
    seed: settings.seed,
    onMessage,
    signal,
  });
  return { name, source, images: { train: train.labels.length, test: test.labels.length } };
}
