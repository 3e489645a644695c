import { isSameValue } from '../../base/same-value.ts';
import { timeOf, wallTime } from '../../base/wall-time.ts';
import { MisuseError } from '../../errors/errors.ts';
import { hasField, readField } from '../../errors/foreign.ts';

/**
 * Milliseconds until a principal expires, by its own field `expiresAt`; undefined if that says nothing.
 *
 * @throws MisuseError if it is neither a Date nor milliseconds since 1970: nobody knows when to end.
 */
export function msUntilExpiry(principal: unknown): number | undefined {
  const given = hasField(principal, 'expiresAt') ? readField(principal, 'expiresAt') : undefined;
  if (given === undefined || given === null) return undefined;
  const at = timeOf(given);
  if (at === undefined) {
    const text = 'expiresAt of a principal must be a Date or milliseconds since 1970';
    throw new MisuseError(text, 'connection');
  }
  return at - wallTime();
}

/** Whether two principals are equal, whenever they expire. */
export function isSamePrincipal(one: unknown, other: unknown): boolean {
  if (isSameValue(one, other)) return true;
  return isPlain(one) && isPlain(other) && isSameValue(withoutExpiry(one), withoutExpiry(other));
}

/** What an object of a class is made of is not known here. */
function isPlain(value: unknown): value is object {
  try {
    return typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
  } catch {
    return false;
  }
}

/** One that can’t be read is equal to no other. */
function withoutExpiry(principal: object): unknown {
  try {
    return { ...principal, expiresAt: undefined };
  } catch {
    return Symbol('unreadable');
  }
}
