/** A loss that is no finite number: the weights are spoiled, and more steps would not mend them. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';

  /**
   * @param step 1-based, over the whole training
   * @param rate the learning rate of that step; NaN where the optimizer does not tell
   * @param weights what has become of the model's; default: they are spoiled
   */
  constructor(
    readonly loss: number,
    readonly step: number,
    readonly epoch: number,
    readonly rate: number,
    weights = 'build the model anew, for its weights are spoiled',
  ) {
    const now = Number.isNaN(rate) ? '' : ` (now ${rate})`;
    super(
      `training diverged; the loss must be a finite number: ${loss} at step ${step}, epoch ${epoch}; ` +
        `${weights}, and lower the learning rate${now}`,
    );
  }
}
