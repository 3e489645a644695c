import { OptionError } from '../errors/errors.ts';

/** What a numeric option may be: a whole number from `min` to `max`, unless it says otherwise. */
export interface Bounds {
  readonly min: number;
  /** Default: no bound but that of whole numbers, 2^53-1. */
  readonly max?: number;
  /** Whether Infinity is allowed as well. Default: no. */
  readonly isInfinityAllowed?: boolean;
  /** Whether it need not be whole. Default: it must. */
  readonly isFractionAllowed?: boolean;
}

/** @throws OptionError that names the option and what it may be, unless the value is within bounds. */
export function checkBounds(option: string, value: unknown, bounds: Bounds): void {
  const { min, max = Number.MAX_SAFE_INTEGER } = bounds;
  if (value === Infinity && bounds.isInfinityAllowed === true) return;
  const isRightKind =
    bounds.isFractionAllowed === true ? Number.isFinite(value) : Number.isSafeInteger(value);
  if (isRightKind && Number(value) >= min && Number(value) <= max) return;
  const kind = bounds.isFractionAllowed === true ? 'number' : 'whole number';
  const range = bounds.max === undefined ? `from ${min} on` : `from ${min} to ${max}`;
  throw new OptionError(option, `must be a ${kind} ${range}, not ${String(value)}`);
}

/**
 * Numeric options over their defaults, frozen; undefined ones are skipped.
 *
 * @param group - the name of the option that holds them, for errors.
 * @throws OptionError naming the first that is out of bounds, or that does not exist.
 */
export function resolveBounded<T extends object>(
  group: string,
  given: Partial<T>,
  defaults: T,
  bounds: Readonly<Record<keyof T, Bounds>>,
): T {
  const resolved = { ...defaults };
  for (const key of Object.keys(given) as (keyof T & string)[]) {
    const bound = Object.hasOwn(bounds, key) ? bounds[key] : undefined;
    if (bound === undefined) throw new OptionError(`${group}.${key}`, 'there is no such option');
    const value = given[key];
    if (value === undefined) continue;
    checkBounds(`${group}.${key}`, value, bound);
    resolved[key] = value;
  }
  return Object.freeze(resolved);
}
