import { currentOutput, type Output } from './output';

interface Exercise<T> {
  readonly number: number;
  /** What the reader has found; undefined or null while there is no answer. */
  readonly answer: T | null | undefined;
  /** Whether the answer is right. An answer that makes it throw is not. */
  readonly check: (answer: T) => boolean;
  /** Printed for a wrong answer; should lead on without giving it away. */
  readonly hint: string;
}

/** Prints whether the answer to an exercise is right. Without an answer, or with a wrong one, the notebook still runs through. */
export function exercise<T>(
  { number, answer, check, hint }: Exercise<T>,
  output: Output = currentOutput(),
): void {
  output.print(`Exercise ${number}: ${verdict()}`);

  function verdict(): string {
    if (answer === undefined || answer === null) return 'not answered yet';
    return passes(() => check(answer)) ? 'right' : `not yet: ${hint}`;
  }
}

function passes(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}
