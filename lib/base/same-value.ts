import { isDeepStrictEqual } from 'node:util';

/**
 * Whether two values of somebody else's are equal: the same, or of the same shape and content. Values
 * that can't be looked at are not.
 */
export function isSameValue(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  try {
    return isDeepStrictEqual(one, other);
  } catch {
    return false;
  }
}
