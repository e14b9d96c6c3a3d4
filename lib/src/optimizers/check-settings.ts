/** Words for settings an optimizer cannot have: what is invalid; the rule; the value that came. */
import { shown } from '../model/check-arguments';

/** Throws unless `value` is a finite number of at least 0: RangeError for another number, TypeError for anything else. */
export function checkNotNegative(name: string, value: unknown): void {
  const holds = Number.isFinite(value) && (value as number) >= 0;
  if (!holds) throw failure(name, 'not a finite number of at least 0', value);
}

/** Throws unless `value` is a number in [0, 1), such as the share of an average that a step keeps. */
export function checkShare(name: string, value: unknown): void {
  const holds = typeof value === 'number' && value >= 0 && value < 1;
  if (!holds) throw failure(name, 'not a number in [0, 1)', value);
}

/** Throws a TypeError unless `value` is one of `allowed`. */
export function checkOneOf(name: string, value: unknown, allowed: readonly unknown[]): void {
  if (!allowed.includes(value))
    throw new TypeError(`invalid ${name}; not ${either(allowed)}: ${shown(value)}`);
}

function either(allowed: readonly unknown[]): string {
  return allowed.map(shown).join(' or ');
}

function failure(name: string, rule: string, value: unknown): Error {
  const message = `invalid ${name}; ${rule}: ${shown(value)}`;
  return typeof value === 'number' ? new RangeError(message) : new TypeError(message);
}
