/**
 * The one way to read and to print values that are not ours: what user code throws, the reasons of
 * aborts, options. Such a value may throw at every touch: a getter, a proxy, an object without a
 * prototype. Nothing here ever throws.
 */

/** The text of what has none. */
export const NO_TEXT = 'something was thrown that has no text';

/** As `instanceof`. */
export function isInstance<T>(
  value: unknown,
  type: abstract new (...args: never[]) => T,
): value is T {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}

/** Whether the value is an error of this realm. */
export function isError(value: unknown): value is Error {
  return isInstance(value, Error);
}

/** The value of a field; undefined where it can't be read. */
export function readField(from: unknown, key: PropertyKey): unknown {
  try {
    return (from as Readonly<Record<PropertyKey, unknown>> | null | undefined)?.[key];
  } catch {
    return undefined;
  }
}

/** Whether the value is an object that has the field. */
export function hasField(value: unknown, key: PropertyKey): boolean {
  try {
    return typeof value === 'object' && value !== null && key in value;
  } catch {
    return false;
  }
}

/** As `String`. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return NO_TEXT;
  }
}

/** The message of an error, its name where that is empty, or the text of any other value. */
export function messageOf(thrown: unknown): string {
  if (!isError(thrown)) return textOf(thrown);
  try {
    return String(thrown.message) || String(thrown.name);
  } catch {
    return NO_TEXT;
  }
}

/** An error as it is. Any other value becomes the cause of one that has its text. */
export function toError(thrown: unknown): Error {
  return isError(thrown) ? thrown : new Error(textOf(thrown), { cause: thrown });
}
