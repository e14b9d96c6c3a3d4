/** Words for settings an optimizer cannot have: what is invalid; the rule; the value that came. */
import { shown } from '../model/check-arguments';

/** Throws unless `value` is a finite number of at least 0: RangeError for another number, TypeError for anything else. */
export function checkNotNegative(name: string, value: unknown): void {
  const holds = Number.isFinite(value) && (value as number) >= 0;
  if (!holds) throw failure(name, 'not a finite number of at least 0', value);
}

function failure(name: string, rule: string, value: unknown): Error {
  const message = `invalid ${name}; ${rule}: ${shown(value)}`;
  return typeof value === 'number' ? new RangeError(message) : new TypeError(message);
}
