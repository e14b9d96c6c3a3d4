import type { LayersModel } from '@tensorflow/tfjs-node-gpu';

/**
 * Marks the model as being trained, by the flag that `model.fit` keeps for the same purpose, so that neither runs into the
 * other; the returned function takes the mark off.
 */
export function claim(model: LayersModel): () => void {
  const flagged = model as unknown as { isTraining: boolean };
  if (flagged.isTraining) {
    throw new Error(
      'cannot train; one training of a model at a time: this one is running already; ' +
        'let it finish, or end it by its signal or by leaving its loop',
    );
  }
  flagged.isTraining = true;
  return () => {
    flagged.isTraining = false;
  };
}
