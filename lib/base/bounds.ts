import { OptionError } from '../errors/errors.ts';
import { checkNames, readMember } from './read-options.ts';
import { shownValue } from './shown-value.ts';

/**
 * The bounds of a numeric option: a whole number from `min` to `max`, unless the fields below say
 * otherwise.
 */
export interface Bounds {
  readonly min: number;
  /** Default: 2^53-1, the largest whole number. */
  readonly max?: number;
  /** Whether Infinity is allowed as well. Default: no. */
  readonly isInfinityAllowed?: boolean;
  /** Whether fractions are allowed. Default: no. */
  readonly isFractionAllowed?: boolean;
}

/** @throws OptionError that names the option and its bounds, unless the value is within them. */
export function checkBounds(
  option: string,
  value: unknown,
  bounds: Bounds,
): asserts value is number {
  const problem = boundsProblem(value, bounds);
  if (problem !== undefined) throw new OptionError(option, problem);
}

/** Why the value is not within the bounds; undefined if it is. */
export function boundsProblem(value: unknown, bounds: Bounds): string | undefined {
  const { min, max = Number.MAX_SAFE_INTEGER } = bounds;
  if (value === Infinity && bounds.isInfinityAllowed === true) return undefined;
  const isRightKind =
    bounds.isFractionAllowed === true ? Number.isFinite(value) : Number.isSafeInteger(value);
  if (isRightKind && Number(value) >= min && Number(value) <= max) return undefined;
  const kind = bounds.isFractionAllowed === true ? 'number' : 'whole number';
  const range = bounds.max === undefined ? `from ${min} on` : `from ${min} to ${max}`;
  return `must be a ${kind} ${range}, not ${shownValue(value)}`;
}

/** The bounds and the default of a numeric option. */
export interface NumberOption extends Bounds {
  readonly default: number;
}

/** Any time or amount, including fractions and Infinity. */
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
  return defaults as Record<K, number>; // every name of the table has a value now
}

/**
 * Numeric options over their defaults, frozen. Undefined options are skipped.
 *
 * @param group - the name of the object that holds the options, for errors; undefined where the
 * options stand by themselves, among others.
 * @throws OptionError naming the first option that is out of bounds, or that its group does not
 * have.
 */
export function resolveNumbers<K extends string>(
  group: string | undefined,
  given: { readonly [N in K]?: number | undefined },
  table: NumberOptions<K>,
): Readonly<Record<K, number>> {
  const prefix = group === undefined ? '' : `${group}.`;
  if (group !== undefined) checkNames(given, namesOf(table), group);
  const resolved = defaultsOf(table);
  for (const name of namesOf(table)) {
    const value = readMember(given, name, prefix);
    if (value === undefined) continue;
    checkBounds(prefix + name, value, table[name]);
    resolved[name] = value;
  }
  return Object.freeze(resolved);
}

function namesOf<K extends string>(table: NumberOptions<K>): K[] {
  return Object.keys(table) as K[]; // a table has no other keys
}
