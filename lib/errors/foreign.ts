/**
 * The one way to read and to print values that are not ours: what user code throws, the reasons of
 * aborts, options. Such a value may throw at every touch: a getter, a proxy, an object without a
 * prototype. Nothing here ever throws.
 */

/** The text of what has none. */
export const NO_TEXT = 'something was thrown that has no text';

/** How many texts of held errors one text has; this also ends a cycle. */
const MAX_HELD_TEXTS = 16;

/** How many of the errors that an error has collected are looked at. */
const MAX_COLLECTED = 16;

/** The class that Node has from version 24 on. */
export const SUPPRESSED_ERROR: SuppressedErrorConstructor | undefined =
  typeof SuppressedError === 'undefined' ? undefined : SuppressedError;

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

/**
 * The message of an error, or the text of any other value. Behind it stand the messages of the
 * errors that it holds: those of an AggregateError and of a SuppressedError often say nothing
 * themselves. Where nothing is said it is the error's name.
 */
export function messageOf(thrown: unknown): string {
  return messageWithin(thrown, { left: MAX_HELD_TEXTS });
}

/** The errors that an error has collected, as an AggregateError does. A copy; undefined for none. */
export function collectedBy(thrown: unknown): unknown[] | undefined {
  try {
    const errors = readField(thrown, 'errors');
    if (!Array.isArray(errors)) return undefined;
    const some: unknown[] = errors.slice(0, MAX_COLLECTED);
    return hasClass(thrown, 'AggregateError', AggregateError) || some.some(isError)
      ? some
      : undefined;
  } catch {
    return undefined;
  }
}

/** Whether it is a SuppressedError: of the language, or as compilers make one for an older one. */
export function isSuppressedError(thrown: unknown): boolean {
  return hasClass(thrown, 'SuppressedError', SUPPRESSED_ERROR) && hasField(thrown, 'suppressed');
}

/** An error as it is. Any other value becomes the cause of one that has its text. */
export function toError(thrown: unknown): Error {
  return isError(thrown) ? thrown : new Error(textOf(thrown), { cause: thrown });
}

function messageWithin(thrown: unknown, texts: { left: number }): string {
  if (!isError(thrown)) return textOf(thrown);
  const own = textOfField(thrown, 'message');
  const held: string[] = [];
  for (const error of heldBy(thrown)) {
    if (texts.left === 0) break;
    texts.left--;
    held.push(messageWithin(error, texts));
  }
  if (held.length === 0) return own === '' ? textOfField(thrown, 'name') : own;
  return own === '' ? held.join('; ') : `${own}: ${held.join('; ')}`;
}

function textOfField(error: Error, key: 'message' | 'name'): string {
  try {
    return String(error[key]);
  } catch {
    return NO_TEXT;
  }
}

function heldBy(error: Error): readonly unknown[] {
  if (!isSuppressedError(error)) return collectedBy(error) ?? [];
  return [readField(error, 'error'), readField(error, 'suppressed')];
}

/** By its class, or by its name: it may be a class of another realm, or one that is missing here. */
function hasClass(thrown: unknown, name: string, type?: new (...args: never[]) => Error): boolean {
  return readField(thrown, 'name') === name || (type !== undefined && isInstance(thrown, type));
}
