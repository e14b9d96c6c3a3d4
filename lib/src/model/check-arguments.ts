/** Words for arguments a model cannot be built from: what is invalid; the rule; the value that came. */

/** Throws unless `value` is an integer of at least `least`: RangeError for another number, TypeError for anything else. */
export function checkWholeNumber(name: string, value: unknown, least = 1): void {
  if (Number.isSafeInteger(value) && (value as number) >= least) return;
  const rule = least === 1 ? 'not a positive integer' : `not an integer of at least ${least}`;
  throw numberError(`invalid ${name}; ${rule}: ${shown(value)}`, value);
}

/** Throws unless `value` is a finite number greater than 0. */
export function checkPositive(name: string, value: unknown): void {
  if (Number.isFinite(value) && (value as number) > 0) return;
  throw numberError(`invalid ${name}; not a finite number greater than 0: ${shown(value)}`, value);
}

/** Throws unless `seed` is undefined or an integer. */
export function checkSeed(seed: unknown): void {
  if (seed === undefined || Number.isSafeInteger(seed)) return;
  throw numberError(`invalid seed; not an integer: ${shown(seed)}`, seed);
}

/** Throws a TypeError unless `options` is an object that has no key beyond `known`: a misspelt option must not be ignored. */
export function checkOptions(owner: string, options: unknown, known: readonly string[]): void {
  const rule = `${owner} takes { ${known.join(', ')} }`;
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`invalid options; ${rule}: ${shown(options)}`);
  }
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new TypeError(`unknown option; ${rule}: ${unknown}`);
}

/** Throws unless `value` is a number in [0, 1), such as the share of an average that a step keeps. */
export function checkShare(name: string, value: unknown): void {
  const holds = typeof value === 'number' && value >= 0 && value < 1;
  if (!holds) throw numberError(`invalid ${name}; not a number in [0, 1): ${shown(value)}`, value);
}

/** Throws a TypeError unless `value` is one of `allowed`. */
export function checkOneOf(name: string, value: unknown, allowed: readonly unknown[]): void {
  if (!allowed.includes(value))
    throw new TypeError(`invalid ${name}; not ${either(allowed)}: ${shown(value)}`);
}

function either(allowed: readonly unknown[]): string {
  return allowed.map(shown).join(' or ');
}

/** A value as one would type it, short enough for a message. */
export function shown(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return String(value); // JSON has no NaN
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value.constructor?.name ?? 'object';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function numberError(message: string, value: unknown): Error {
  return typeof value === 'number' ? new RangeError(message) : new TypeError(message);
}
