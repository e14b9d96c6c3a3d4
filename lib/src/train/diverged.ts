/** A loss that is no finite number: the weights are spoiled, and more steps would not mend them. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';

  /**
   * @param step 1-based, over the whole training
   * @param rate the learning rate of that step; NaN where the optimizer does not tell
   */
  constructor(
    readonly loss: number,
    readonly step: number,
    readonly epoch: number,
    rate: number,
  ) {
    const now = Number.isNaN(rate) ? '' : ` (now ${rate})`;
    super(
      `training diverged; the loss must be a finite number: ${loss} at step ${step}, epoch ${epoch}; ` +
        `build the model anew, for its weights are spoiled, and lower the learning rate${now}`,
    );
  }
}
