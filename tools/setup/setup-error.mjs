// @ts-check
/** A set-up that cannot go on: what is wrong in one sentence, and what the reader can do about it. Shown without a stack. */
export class SetupError extends Error {
  /**
   * @param {string} problem one sentence, no trailing period
   * @param {string} remedy what to do, no trailing period
   */
  constructor(problem, remedy) {
    super(problem);
    this.name = 'SetupError';
    this.remedy = remedy;
  }
}
