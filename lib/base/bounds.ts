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

/** A numeric option: what it may be, and what it is where nobody says. */
export interface NumberOption extends Bounds {
  readonly default: number;
}

/** Any time or amount, fractions and Infinity among them. */
export const ANY_AMOUNT: Bounds = Object.freeze({
  min: 0,
  isInfinityAllowed: true,
  isFractionAllowed: true,
});

/** Numeric options by their names. */
export type NumberOptions<K extends string> = Readonly<Record<K, NumberOption>>;

/** The default of each option. */
export function defaultsOf<K extends string>(table: NumberOptions<K>): Record<K, number> {
  const defaults: Partial<Record<K, number>> = {};
  for (const name of namesOf(table)) defaults[name] = table[name].default;
  return defaults as Record<K, number>; // every name of the table has one now
}

/**
 * Numeric options over their defaults, frozen; undefined ones are skipped.
 *
 * @param group - the option that holds them, for errors; undefined for options that stand by themselves,
 *   among others.
 * @throws OptionError naming the first that is out of bounds, or that does not exist in its group.
 */
export function resolveNumbers<K extends string>(
  group: string | undefined,
  given: { readonly [N in K]?: number | undefined },
  table: NumberOptions<K>,
): Readonly<Record<K, number>> {
  const prefix = group === undefined ? '' : `${group}.`;
  if (group !== undefined) refuseUnknown(prefix, given, table);
  const resolved = defaultsOf(table);
  for (const name of namesOf(table)) {
    const value = given[name];
    if (value === undefined) continue;
    checkBounds(prefix + name, value, table[name]);
    resolved[name] = value;
  }
  return Object.freeze(resolved);
}

function refuseUnknown(prefix: string, given: object, table: object): void {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(table, name));
  if (unknown !== undefined) throw new OptionError(prefix + unknown, 'there is no such option');
}

function namesOf<K extends string>(table: NumberOptions<K>): K[] {
  return Object.keys(table) as K[]; // a table has no other keys
}
